import { expect, inject, it } from 'vitest';
import { runBurst } from '../scaling/burst.ts';
import { randomPrefix } from '../support/test-redis.ts';

it('a burst finds no worker, is served by as many as it needs, and leaves none', {
  timeout: 90_000,
}, async () => {
  const { completed, failed, samples, decisions } = await runBurst({
    redisUrl: inject('redisUrl'),
    prefix: randomPrefix(),
    runs: 60,
    runMs: 500,
    maxWorkers: 2,
    concurrency: 4,
    downAfterS: 2,
    downEveryS: 1,
    report: () => undefined,
  });
  expect({ completed, failed }).toEqual({ completed: 60, failed: [] });
  expect(decisions.map((line) => /\d+ -> \d+/.exec(line)?.[0])).toEqual([
    '0 -> 1',
    '1 -> 2',
    '2 -> 1',
    '1 -> 0',
  ]);
  expect(samples.at(0)?.workers).toBe(0);
  expect(samples.at(-1)).toMatchObject({ workers: 0, waiting: 0, running: 0 });
});
