import { expect, test } from 'vitest';
import { z } from 'zod';
import { readEnvironment, wholeNumber } from './read-environment.ts';

const schema = z.object({
  PORT: wholeNumber({ min: 0, max: 9, unset: 8 }),
  REDIS_URL: z.string().optional(),
});

test('what is unset or empty gets its default', () => {
  expect(readEnvironment(schema, { PORT: '', OTHER: 'x' })).toEqual({ PORT: 8 });
});

test('all faults stand in one message, slips included, without a value', () => {
  const read = () => readEnvironment(schema, { PORT: 'canary', CALUTE_AGENT: 'canary' });
  expect(read).toThrow(
    'Bad environment: PORT (expected a whole number from 0 to 9); CALUTE_AGENT (unknown; do you mean CALUTE_AGENTS?).',
  );
});

test('a slip alone is a fault', () => {
  expect(() => readEnvironment(schema, { CALUTE_PREFX: 'x' })).toThrow(/do you mean CALUTE_PREFIX\?/);
});
