import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultTargets, neededWorkers, type RunningLoad } from './needed-workers.ts';

const targets = { ...defaultTargets, concurrency: 10 };
const load = (given: Partial<RunningLoad>): RunningLoad => ({
  runClass: 'live',
  waiting: 0,
  offered: 0,
  arrivalsPerSecond: 0,
  serviceMs: 1000,
  ...given,
});

test.each<[string, Partial<RunningLoad>[], number]>([
  ['nothing', [{}], 0],
  ['one run that waits', [{ waiting: 1 }], 1],
  ['one run that runs', [{ offered: 1 }], 1],
  ['as many as fill a worker to four fifths', [{ offered: 8 }], 1],
  ['one more than that', [{ offered: 9 }], 2],
  ['live runs that wait, each in a slot of its own', [{ waiting: 80 }], 10],
  ['what waits and what runs', [{ waiting: 40, offered: 40 }], 10],
  ['priority runs like live ones', [{ runClass: 'priority', waiting: 80 }], 10],
  ['what comes until a worker is up', [{ offered: 8, arrivalsPerSecond: 4 }], 2],
  ['arrivals that are done already', [{ arrivalsPerSecond: 40 }], 0],
  ['a batch that short runs drain in time', [{ runClass: 'batch', waiting: 600, serviceMs: 1000 }], 1],
  ['a batch of long runs', [{ runClass: 'batch', waiting: 600, serviceMs: 60_000 }], 8],
  ['a batch of runs longer than the target', [{ runClass: 'batch', waiting: 60, serviceMs: 1e7 }], 8],
  ['a batch of which nothing is known', [{ runClass: 'flex', waiting: 600, serviceMs: undefined }], 2],
  ['patient runs beside live ones', [{ waiting: 8 }, { runClass: 'batch', waiting: 600 }], 2],
])('%s: so many workers', (_, classes, workers) => {
  expect(neededWorkers(classes.map(load), targets)).toBe(workers);
});

test('more of anything never needs fewer workers', () => {
  const one = fc.record({
    runClass: fc.constantFrom('priority' as const, 'live' as const, 'flex' as const, 'batch' as const),
    waiting: fc.nat(10_000),
    offered: fc.nat(10_000),
    arrivalsPerSecond: fc.double({ min: 0, max: 1000, noNaN: true }),
    serviceMs: fc.double({ min: 1, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1 }), fc.nat(100), (classes, more) => {
      const before = neededWorkers(classes, targets);
      for (const key of ['waiting', 'offered', 'arrivalsPerSecond'] as const)
        expect(
          neededWorkers(
            classes.map((each) => ({ ...each, [key]: each[key] + more })),
            targets,
          ),
        ).toBeGreaterThanOrEqual(before);
    }),
  );
});
