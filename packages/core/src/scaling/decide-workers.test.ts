import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Decision, decideWorkers, type Trend, type WorkerDemand } from './decide-workers.ts';

const limits = { minWorkers: 0, maxWorkers: 8 };
const calm: WorkerDemand = { needed: 0, isProviderPaused: false, isStuck: false };
const needs = (needed: number | undefined): WorkerDemand => ({ ...calm, needed });
const paused = (needed: number): WorkerDemand => ({ ...needs(needed), isProviderPaused: true });

interface Row {
  readonly demand: WorkerDemand;
  readonly workers: number;
  readonly up?: number;
  readonly min?: number;
  readonly max?: number;
  readonly trend?: Trend;
}
/** Quiet for so long that one may go. */
const quiet: Trend = { beganMs: -300_000, lastMs: 0, peaks: [] };

test.each<[string, Row, number, Decision['reason']]>([
  ['nothing to do and nobody there', { demand: calm, workers: 0 }, 0, 'enough'],
  ['the first run brings the first worker', { demand: needs(5), workers: 0 }, 1, 'more-needed'],
  ['one that is up brings a second', { demand: needs(5), workers: 1 }, 2, 'more-needed'],
  ['at most twice those that are up', { demand: needs(8), workers: 3 }, 6, 'more-needed'],
  ['no more than needed', { demand: needs(4), workers: 3 }, 4, 'more-needed'],
  ['those that start are waited for', { demand: needs(8), workers: 4, up: 2 }, 4, 'more-needed'],
  ['all that start fail: still one', { demand: needs(8), workers: 1, up: 0 }, 1, 'more-needed'],
  ['the most is not passed', { demand: needs(100), workers: 6 }, 8, 'more-needed'],
  ['no figures: it stays', { demand: needs(undefined), workers: 3, trend: quiet }, 3, 'figures-missing'],
  ['no figures, and too few', { demand: needs(undefined), workers: 0, min: 1 }, 1, 'limits'],
  ['too many for the limits', { demand: needs(9), workers: 9 }, 8, 'limits'],
  ['a provider takes no calls', { demand: paused(8), workers: 2 }, 2, 'provider-paused'],
  ['somebody has to try the provider', { demand: paused(8), workers: 0 }, 1, 'more-needed'],
  ['fewer are enough, but not for long', { demand: needs(1), workers: 3 }, 3, 'enough'],
  ['fewer were enough for long', { demand: needs(1), workers: 3, trend: quiet }, 2, 'fewer-needed'],
  ['the last one goes as well', { demand: calm, workers: 1, trend: quiet }, 0, 'fewer-needed'],
  ['the fewest stay', { demand: calm, workers: 2, min: 2, trend: quiet }, 2, 'enough'],
  [
    'more were needed four minutes ago',
    { demand: calm, workers: 3, trend: { ...quiet, peaks: [{ atMs: -240_000, needed: 3 }] } },
    3,
    'enough',
  ],
  [
    'more were needed six minutes ago',
    { demand: calm, workers: 3, trend: { ...quiet, peaks: [{ atMs: -360_000, needed: 3 }] } },
    2,
    'fewer-needed',
  ],
  ['one went a moment ago', { demand: calm, workers: 3, trend: { ...quiet, wentMs: -29_000 } }, 3, 'enough'],
  [
    'one went half a minute ago',
    { demand: calm, workers: 3, trend: { ...quiet, wentMs: -30_000 } },
    2,
    'fewer-needed',
  ],
  [
    'workers have room and take nothing',
    { demand: { ...needs(1), isStuck: true }, workers: 1, trend: { stuckSinceMs: -2000, lastMs: -1000 } },
    2,
    'stuck',
  ],
  [
    'stuck for a moment only',
    { demand: { ...needs(1), isStuck: true }, workers: 1, trend: { stuckSinceMs: -1000, lastMs: -1000 } },
    1,
    'enough',
  ],
  [
    'stuck before a provider that takes no calls',
    { demand: { ...paused(1), isStuck: true }, workers: 1, trend: { stuckSinceMs: -9000, lastMs: -1000 } },
    1,
    'enough',
  ],
  [
    'nobody there for half a day: agents stay listed',
    { demand: calm, workers: 0, trend: { emptySinceMs: -43_200_000, lastMs: -1000 } },
    1,
    'keep-listed',
  ],
])('%s', (_, { demand, workers, up = workers, min = 0, max = 8, trend = {} }, expected, reason) => {
  const options = { limits: { minWorkers: min, maxWorkers: max }, nowMs: 0 };
  expect(decideWorkers(demand, { workers, up }, trend, options)).toMatchObject({ workers: expected, reason });
});

/** The number of workers second by second, each up at once. */
function follow(demands: readonly WorkerDemand[], from = 0): number[] {
  let trend: Trend = {};
  let workers = from;
  return demands.map((demand, second) => {
    ({ workers, trend } = decideWorkers(demand, { workers, up: workers }, trend, {
      limits,
      nowMs: second * 1000,
    }));
    return workers;
  });
}

const times = (count: number, demand: WorkerDemand) => Array.from({ length: count }, () => demand);

test('a burst brings them up by doubling, and they go one by one five minutes after it', () => {
  const numbers = follow([...times(10, needs(6)), ...times(600, calm)]);
  expect(numbers.slice(0, 5)).toEqual([1, 2, 4, 6, 6]);
  const changes = numbers.flatMap((workers, at) => (at > 4 && workers !== numbers[at - 1] ? [at] : []));
  expect(changes).toEqual([309, 339, 369, 399, 429, 459]);
});

test('a load that comes and goes within five minutes moves nothing', () => {
  const swing = Array.from({ length: 20 }, () => [...times(60, needs(4)), ...times(60, needs(1))]).flat();
  expect(new Set(follow(swing).slice(5))).toEqual(new Set([4]));
});

test('time without figures is no quiet time', () => {
  const numbers = follow([...times(5, needs(4)), ...times(900, needs(undefined)), ...times(290, calm)], 4);
  expect(new Set(numbers)).toEqual(new Set([4]));
});

test('whatever happens, the number stays within its limits and goes down by one at most', () => {
  const demand = fc.record({
    needed: fc.option(fc.nat(20), { nil: undefined }),
    isProviderPaused: fc.boolean(),
    isStuck: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(demand, { maxLength: 400 }), fc.nat(8), (demands, from) => {
      const numbers = follow(demands, from);
      numbers.forEach((workers, at) => {
        const before = numbers[at - 1] ?? from;
        expect(workers).toBeLessThanOrEqual(8);
        expect(workers).toBeGreaterThanOrEqual(before - 1);
        expect(workers).toBeLessThanOrEqual(Math.max(1, 2 * before, before + 1));
      });
    }),
  );
});
