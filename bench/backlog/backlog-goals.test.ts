import { expect, test } from 'vitest';
import { isReached } from '../figures/bounded-goal.ts';
import type { Latency } from '../figures/latency.ts';
import { judgeBacklog } from './backlog-goals.ts';

const spread = (median: number) => ({ median, min: median, max: median });
const latencyOf = (p50: number, p99: number, errors = 0) => ({
  p50Ms: spread(p50),
  p99Ms: spread(p99),
  errors,
});
const besideOf = (latency: Latency) => ({
  latency,
  waiting: { first: 100, last: 90 },
  offered: 272,
  room: 256,
  slotEveryMs: 4,
});
const floodOf = (runClass: 'live' | 'flex', errors = 0) => ({
  runClass,
  idle: latencyOf(2, 5),
  few: besideOf(latencyOf(1000, 2000)),
  many: besideOf(latencyOf(40, 60, errors)),
});
const drainOf = (runs: number, jobs: number) => ({
  runs: 100,
  acceptedPerSecond: undefined,
  runsPerSecond: spread(runs),
  workerCpuUs: undefined,
  redisCpuUs: undefined,
  jobsPerSecond: spread(jobs),
});

test('what waiting runs add is held to its bound from above, and a drained backlog from below', () => {
  const goals = judgeBacklog({ floods: [floodOf('live'), floodOf('flex')], drain: drainOf(500, 1000) });
  expect(goals.map((goal) => [goal.value, isReached(goal)])).toEqual([
    [38, true],
    [55, false],
    [38, true],
    [55, false],
    [0.5, true],
  ]);
  expect(judgeBacklog({ floods: [], drain: drainOf(499, 1000) }).map(isReached)).toEqual([false]);
});

test('requests with mistakes count as not measured', () => {
  const goals = judgeBacklog({ floods: [floodOf('live', 1)], drain: drainOf(500, 1000) });
  expect(goals.map(({ value }) => value)).toEqual([undefined, undefined, 0.5]);
});
