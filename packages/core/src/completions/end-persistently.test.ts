import { expect, it } from 'vitest';
import { CaluteError } from '../errors.ts';
import { createRunId } from '../ids.ts';
import { createLogger } from '../logging/logger.ts';
import { endPersistently } from './end-persistently.ts';

const runId = createRunId(0);
const logger = createLogger({ role: 'test', level: 'silent' });

function failing(...failures: Error[]) {
  const calls: unknown[] = [];
  const end = async (...args: unknown[]) => {
    calls.push(args);
    const failure = failures.shift();
    if (failure) throw failure;
    return 'ended' as const;
  };
  return { calls, parts: { log: { end }, logger, pausesMs: [0, 0] } };
}

const down = () => new CaluteError('store_unavailable', 'down');

it('tries again while the store does not answer', async () => {
  const { calls, parts } = failing(down(), down());
  expect(await endPersistently(parts, runId, { spare: 'followed' })).toBe('ended');
  expect(calls).toEqual(
    Array.from({ length: 3 }, () => [
      runId,
      { reason: 'cancelled', by: 'disconnect' },
      { spare: 'followed' },
    ]),
  );
});

it('gives up at last, and at once when it meets a bug, without throwing', async () => {
  const outage = failing(down(), down(), down(), down());
  expect(await endPersistently(outage.parts, runId, {})).toBeUndefined();
  expect(outage.calls).toHaveLength(3);
  const bug = failing(new TypeError('bug'));
  expect(await endPersistently(bug.parts, runId, {})).toBeUndefined();
  expect(bug.calls).toHaveLength(1);
});
