import { describe, expect, test } from 'vitest';
import { measure } from './measure.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { type Simulation, simulate } from './simulate.ts';

const simulations = new Map<ScenarioName, Simulation>();

/** Each scenario is simulated once. */
function of(name: ScenarioName): Simulation {
  const simulation = simulations.get(name) ?? simulate(scenarios[name]);
  simulations.set(name, simulation);
  return simulation;
}

describe.each(Object.keys(scenarios) as ScenarioName[])('%s', (name) => {
  test('every run is completed: no worker is taken away that holds one', () => {
    const { fleet } = of(name);
    expect(fleet.completed).toBe(fleet.accepted);
  });

  test('it goes up to at most twice those that are up, and down by one, half a minute apart', () => {
    let wentAt = Number.NEGATIVE_INFINITY;
    of(name).samples.forEach(({ second, workers }, index, samples) => {
      const before = samples[index - 1];
      const [had, up] = [before?.workers ?? 0, before?.up ?? 0];
      expect(workers).toBeLessThanOrEqual(Math.max(had, 1, 2 * Math.max(up, samples[index]?.up ?? 0)));
      expect(workers).toBeGreaterThanOrEqual(had - 1);
      if (workers >= had) return;
      expect(second - wentAt).toBeGreaterThanOrEqual(30);
      wentAt = second;
    });
  });

  test('it never goes below what was needed in the last five minutes', () => {
    const { samples } = of(name);
    for (const [index, { workers }] of samples.entries()) {
      const had = samples[index - 1]?.workers ?? 0;
      if (workers >= had) continue;
      const recent = samples
        .slice(Math.max(0, index - 299), index + 1)
        .filter((_, at) => isSeen(name, index, at));
      expect(workers).toBeGreaterThanOrEqual(Math.max(...recent.map(({ needed }) => needed)));
    }
  });
});

/** What nobody could tell is no reason either way. */
function isSeen(name: ScenarioName, index: number, at: number): boolean {
  const scenario: (typeof scenarios)[ScenarioName] & { isBlind?(second: number): boolean } = scenarios[name];
  return scenario.isBlind?.(Math.max(0, index - 299) + at) !== true;
}

test('a fleet that takes workers away with their runs is noticed', () => {
  const { fleet } = simulate(scenarios.mixed, { killsAtOnce: true });
  expect(fleet.completed).toBeLessThan(fleet.accepted);
});

// A worker takes two seconds to start, and the number doubles: 1, 2, 4, 8.
test.each<[ScenarioName, number]>([
  ['step', 10],
  ['ramp', 2],
  ['streams', 4],
  ['blind', 8],
  ['day', 8],
])('%s: of live runs 95 of 100 wait no longer than %d s', (name, seconds) => {
  expect(measure(of(name)).p95Wait).toBeLessThanOrEqual(seconds);
});

test.each<ScenarioName>(['step', 'spike', 'ramp', 'streams', 'mixed', 'deadProvider', 'blind', 'batch'])(
  '%s: at the end nobody is left',
  (name) => {
    expect(measure(of(name)).endsWith).toBe(0);
  },
);

test('a dead provider brings no further workers, though the runs that wait for it pile up', () => {
  const { samples } = of('deadProvider');
  const before = samples[599]?.workers ?? 0;
  for (const { second, workers } of samples.slice(600, 1200)) {
    expect(workers, `second ${second}`).toBeLessThanOrEqual(before);
  }
});

test('while nobody can tell the load the number stays', () => {
  const { samples } = of('blind');
  expect(new Set(samples.slice(300, 900).map(({ workers }) => workers)).size).toBe(1);
});

test('long streams keep their workers, and no more than they need', () => {
  const { samples } = of('streams');
  const most = Math.max(...samples.map(({ workers }) => workers));
  expect(most).toBeLessThanOrEqual(4);
});

test('a batch takes the workers that its target needs, and live runs beside it start at once', () => {
  const { samples, fleet } = of('batch');
  const drained = fleet.waits.filter(({ patient }) => patient).map(({ seconds }) => seconds);
  expect(Math.max(...drained)).toBeLessThanOrEqual(900);
  expect(Math.max(...samples.map(({ workers }) => workers))).toBeLessThanOrEqual(16);
  expect(measure(of('batch')).p95Wait).toBeLessThanOrEqual(4);
});

test('bursts every ten minutes move the number little: it holds for five, and goes one by one', () => {
  const { ups, downs, most } = measure(of('day'));
  expect(most).toBe(16);
  // 60 bursts, each of which brings back what went in the five minutes before.
  expect(ups).toBeLessThanOrEqual(60 * 4);
  expect(downs).toBeLessThanOrEqual(60 * 11);
});
