import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideWorkers, type Load, type ScaleLimits, type Trend } from './autoscale.ts';

const limits: ScaleLimits = { minWorkers: 1, maxWorkers: 8, concurrency: 10 };
const quiet: Load = { backlog: 0, running: 0, workers: 1, nowMs: 0 };

test('a quiet system keeps the smallest number', () => {
  expect(decide(quiet).workers).toBe(1);
});

test('runs that do not fit bring as many workers as they need at once', () => {
  expect(decide({ ...quiet, backlog: 25, running: 10 }).workers).toBe(4);
  expect(decide({ ...quiet, backlog: 1, running: 10 }).workers).toBe(2);
});

test('the largest number is never passed', () => {
  expect(decide({ ...quiet, backlog: 10_000 }).workers).toBe(8);
  expect(decide({ ...quiet, workers: 9 }).workers).toBe(8);
});

test('a lost worker is replaced up to the smallest number', () => {
  expect(decide({ ...quiet, workers: 0 }).workers).toBe(1);
});

test('runs that wait though there is room bring one more after two seconds', () => {
  const waiting = { ...quiet, backlog: 1, running: 5 };
  expect(workersOver([waiting, { ...waiting, nowMs: 1000 }, { ...waiting, nowMs: 2000 }])).toEqual([1, 1, 2]);
});

test('runs that waited in two short bursts bring none', () => {
  const waiting = { ...quiet, backlog: 1 };
  const loads = [
    waiting,
    { ...quiet, nowMs: 1000 },
    { ...waiting, nowMs: 2000 },
    { ...waiting, nowMs: 3000 },
  ];
  expect(workersOver(loads)).toEqual([1, 1, 1, 1]);
});

test('one worker goes after each thirty quiet seconds', () => {
  let trend: Trend = {};
  let workers = 3;
  const changes: [number, number][] = [];
  for (let nowMs = 0; nowMs <= 90_000; nowMs += 1000) {
    const decision = decideWorkers({ ...quiet, workers, nowMs }, limits, trend);
    if (decision.workers !== workers) changes.push([nowMs, decision.workers]);
    ({ workers, trend } = decision);
  }
  expect(changes).toEqual([
    [30_000, 2],
    [60_000, 1],
  ]);
});

test('no worker goes while the others would be nearly full, so that the number does not swing', () => {
  const load = { ...quiet, workers: 2, running: 8 };
  expect(workersOver([load, { ...load, nowMs: 60_000 }])).toEqual([2, 2]);
});

test('the decision stays within its limits whatever the load', () => {
  const load = fc.record({
    backlog: fc.nat(),
    running: fc.nat(),
    workers: fc.nat({ max: 20 }),
    nowMs: fc.nat(),
  });
  const trend = fc.record({ waitingSinceMs: fc.nat(), idleSinceMs: fc.nat() }, { requiredKeys: [] });
  fc.assert(
    fc.property(load, trend, (given, since) => {
      const { workers } = decideWorkers(given, limits, since);
      expect(workers).toBeGreaterThanOrEqual(1);
      expect(workers).toBeLessThanOrEqual(8);
    }),
  );
});

function decide(load: Load) {
  return decideWorkers(load, limits, {});
}

/** The decisions for a row of loads, with the number of workers as each load says it. */
function workersOver(loads: readonly Load[]): number[] {
  let trend: Trend = {};
  return loads.map((load) => {
    const decision = decideWorkers(load, limits, trend);
    trend = decision.trend;
    return decision.workers;
  });
}
