import { expect, it } from 'vitest';
import { createRandomPool, createRunId, readRunTime, runIdSchema } from './ids.ts';

it.each([
  ['the system', undefined],
  ['a pool of three', createRandomPool(3)],
])('ids with randomness from %s are valid, tell their second and never repeat', (_, takeRandom) => {
  const ids = Array.from({ length: 10 }, () => createRunId(1_800_000_000_500, takeRandom));
  expect(ids.map((id) => runIdSchema.safeParse(id).success)).not.toContain(false);
  expect(new Set(ids.map(readRunTime))).toEqual(new Set([1_800_000_000_000]));
  expect(new Set(ids).size).toBe(10);
});
