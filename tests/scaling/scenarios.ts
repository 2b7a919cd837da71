import type { Scenario } from './simulate.ts';

const minute = 60;
const hour = 60 * minute;
const between = (from: number, to: number) => (second: number) => second >= from && second < to;

/** The loads that the law has to stand. A worker holds 16 runs and takes 2 s to start. */
export const scenarios = {
  step: {
    name: 'a step from 0 to 20 runs a second of 4 s, and back',
    seconds: 30 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: between(minute, 11 * minute)(second) ? 20 : 0 }),
    serviceSeconds: () => 4,
  },
  spike: {
    name: '500 runs of 2 s at once, at most 4 workers',
    seconds: 12 * minute,
    maxWorkers: 4,
    arrivals: (second) => ({ live: second === 10 ? 500 : 0 }),
    serviceSeconds: () => 2,
  },
  ramp: {
    name: 'a ramp to 30 runs a second of 3 s in ten minutes',
    seconds: 30 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: second < 10 * minute ? Math.floor((second / (10 * minute)) * 30) : 0 }),
    serviceSeconds: () => 3,
  },
  streams: {
    name: '40 streams of half an hour, which begin within two minutes',
    seconds: 90 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: second < 2 * minute && second % 3 === 0 ? 1 : 0 }),
    serviceSeconds: () => 30 * minute,
  },
  mixed: {
    name: '300 runs of 20 s at once, and among them 40 streams of half an hour',
    seconds: 90 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: second === 0 ? 300 : second > 0 && second <= 40 ? 1 : 0 }),
    serviceSeconds: (second) => (second === 0 ? 20 : 30 * minute),
  },
  deadProvider: {
    name: '10 runs a second of 2 s; for ten minutes the provider is dead, and each waits 30 s',
    seconds: 60 * minute,
    maxWorkers: 32,
    arrivals: (second) => ({ live: second < 30 * minute ? 10 : 0 }),
    serviceSeconds: (second) => (between(10 * minute, 20 * minute)(second) ? 30 : 2),
    isPaused: between(10 * minute, 20 * minute),
  },
  blind: {
    name: '10 runs a second of 4 s; for ten minutes nobody can tell the load',
    seconds: 40 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: second < 25 * minute ? 10 : 0 }),
    serviceSeconds: () => 4,
    isBlind: between(5 * minute, 15 * minute),
  },
  batch: {
    name: 'a batch of 20,000 lines of 3 s beside 2 live runs a second',
    seconds: 40 * minute,
    maxWorkers: 16,
    arrivals: (second) => ({ live: second < 30 * minute ? 2 : 0, patient: second === minute ? 20_000 : 0 }),
    serviceSeconds: () => 3,
  },
  day: {
    name: 'a day with a burst of 200 runs of 5 s every ten minutes from 8 to 18 h, and one run a minute beside',
    seconds: 24 * hour,
    maxWorkers: 16,
    arrivals: (second) => ({
      live:
        (second % minute === 0 ? 1 : 0) +
        (between(8 * hour, 18 * hour)(second) && second % (10 * minute) === 0 ? 200 : 0),
    }),
    serviceSeconds: () => 5,
  },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
