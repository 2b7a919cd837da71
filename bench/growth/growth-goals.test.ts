import { expect, test } from 'vitest';
import { isReached } from '../figures/bounded-goal.ts';
import { judgeGrowth } from './growth-goals.ts';
import type { AcceptCost } from './measure-backlog.ts';

const spread = (median: number) => ({ median, min: median, max: median });
const nothing: Parameters<typeof judgeGrowth>[0] = {
  tokens: [],
  backlog: { accept: [], take: [] },
  starts: [],
};

function acceptOf(queued: number, ms: number, cpuUs: number): AcceptCost {
  return {
    queued,
    p50Ms: spread(ms),
    p99Ms: spread(ms),
    apiCpuUs: spread(cpuUs),
    redisCpuUs: spread(cpuUs),
  };
}

test('what was not measured is not reached', () => {
  const goals = judgeGrowth(nothing);
  expect(goals).not.toHaveLength(0);
  expect(goals.every(({ value }) => value === undefined)).toBe(true);
  expect(goals.some(isReached)).toBe(false);
});

test('the longest backlog is compared with the shortest', () => {
  const accept = [acceptOf(0, 1, 100), acceptOf(1000, 9, 900), acceptOf(100_000, 1.1, 150)];
  const goals = judgeGrowth({ ...nothing, backlog: { accept, take: [] } });
  const goalOf = (title: string) => goals.find((goal) => goal.title.startsWith(title));
  expect(goalOf('accept p50')).toMatchObject({ title: 'accept p50: 100,000 to 0 waiting', value: 1.1 });
  expect(goalOf('accept p50')).toSatisfy(isReached);
  expect(goalOf('CPU per accept')).toMatchObject({ value: 1.5 });
  expect(goalOf('CPU per accept')).not.toSatisfy(isReached);
});

test('a frame in the largest appends is compared with one in the next smaller', () => {
  const appends = [30, 10, 7, 8.4].map((us, index) => ({
    framesPerAppend: [1, 8, 32, 128][index] ?? 0,
    redisCpuUs: spread(us),
    ownCpuUs: spread(us),
  }));
  const goals = judgeGrowth({ ...nothing, store: { hops: [], appends } });
  expect(goals.find(({ title }) => title.startsWith('CPU of Redis per frame'))).toMatchObject({
    title: 'CPU of Redis per frame: 128 to 32 in one append',
    value: 1.2,
  });
});

test('the most workers are compared with one, at each load', () => {
  const replicas = [
    [1, 1, 32, 300],
    [2, 1, 32, 330],
    [2, 1, 64, 310],
    [4, 1, 32, 450],
    [4, 1, 128, 330],
  ].map(([workers = 0, apis = 0, concurrency = 0, cpuUs = 0]) => ({
    ...{ workers, apis, concurrency, cpuUs: spread(cpuUs) },
    ...{ errors: 0, cpuUsByRole: {} },
  }));
  const goals = judgeGrowth({ ...nothing, replicas }).filter(({ title }) => title.includes('per request'));
  expect(goals).toMatchObject([
    { title: 'CPU per request: 4 + 1, c=32, to 1 + 1, c=32', value: 1.5 },
    { title: 'CPU per request: 4 + 1, c=128, to 1 + 1, c=32', value: 1.1 },
  ]);
});

test('starts count with a cache of compiled code, in seconds', () => {
  const start = { role: 'api', cpuMs: spread(900) } as const;
  const goals = judgeGrowth({
    ...nothing,
    starts: [
      { ...start, compileCache: true, ms: spread(600) },
      { ...start, compileCache: false, ms: spread(1400) },
    ],
  });
  expect(goals.filter(({ unit }) => unit === 's')).toEqual([
    { title: 'start of the API', unit: 's', bound: 1, value: 0.6 },
  ]);
});
