import { expect, test } from 'vitest';
import { isReached } from '../figures/bounded-goal.ts';
import { judgeBatches } from './batch-goals.ts';

const spread = (median: number) => ({ median, min: median, max: median });
const mebibyte = 2 ** 20;
const figures = {
  latency: {
    idle: { p50Ms: spread(10), p99Ms: spread(30), errors: 0 },
    beside: { p50Ms: spread(12), p99Ms: spread(90), errors: 0 },
    linesDone: 1,
  },
  throughput: { lines: 1, linesPerSecond: 400, jobsPerSecond: 1000 },
  largeFile: {
    ...{ lines: 1, lineBytes: 1, seconds: 1 },
    apiBytes: 100 * mebibyte,
    workerBytes: 101 * mebibyte,
    redisBytes: undefined,
  },
};

test('each goal is held to its bound, from above or from below', () => {
  expect(judgeBatches(figures).map((goal) => [goal.value, isReached(goal)])).toEqual([
    [1.2, true],
    [60, false],
    [0.4, false],
    [100, true],
    [101, false],
    [undefined, false],
  ]);
});
