import { expect, test } from 'vitest';
import { CaluteError } from '../../errors.ts';
import { nextAttemptMs } from './line-patience.ts';

const after = (error: CaluteError, attempt: number) => nextAttemptMs(error, attempt, () => 0.5);

test('what may pass is tried again, later and later, up to a minute', () => {
  const error = new CaluteError('upstream_error', 'Oops.');
  expect([0, 1, 2, 20].map((attempt) => after(error, attempt))).toEqual([1000, 1500, 2500, 30_500]);
  expect(after(error, 100_000)).toBe(30_500);
});

test('a provider that names a time is given it', () => {
  const error = new CaluteError('rate_limit_exceeded', 'Slow.', { retryAfterMs: 90_000 });
  expect(after(error, 0)).toBe(90_000);
  const absurd = new CaluteError('rate_limit_exceeded', 'Slow.', { retryAfterMs: 1e12 });
  expect(after(absurd, 0)).toBe(3_600_000);
});

test('a line that kills its workers, meets a bug or takes too long is given up in the end', () => {
  expect([2, 18, 19].map((attempt) => after(new CaluteError('worker_lost', 'Lost.'), attempt))).toEqual([
    2500,
    30_500,
    undefined,
  ]);
  expect(after(new CaluteError('internal_error', 'Bug.'), 2)).toBeUndefined();
  expect(after(new CaluteError('deadline_exceeded', 'Late.'), 2)).toBeUndefined();
});
