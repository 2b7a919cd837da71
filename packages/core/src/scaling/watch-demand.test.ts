import { expect, test } from 'vitest';
import type { ScalingSignal } from './scaling-signal.ts';
import { watchDemand } from './watch-demand.ts';

const signal = (given: Partial<ScalingSignal>) =>
  ({ needed: 0, liveWorkers: 0, isStuck: false, isProviderPaused: false, ...given }) as ScalingSignal; // because only these count

test('it desires what is needed at once, and keeps the workers that live for five minutes', async () => {
  const signals = [
    signal({ needed: 3, liveWorkers: 2 }),
    signal({ liveWorkers: 3 }),
    signal({ liveWorkers: 3 }),
  ];
  let nowMs = 0;
  let reads = 0;
  const parts = {
    read: async () => signals[reads++] ?? signal({}),
    now: () => nowMs,
    onError: () => undefined,
  };
  await using demand = watchDemand(parts);
  expect((await demand.read()).desired).toBe(3);
  nowMs = 400;
  expect((await demand.read()).desired).toBe(3);
  expect(reads).toBe(1);
  nowMs = 60_000;
  expect((await demand.read()).desired).toBe(3);
  nowMs = 360_000;
  expect((await demand.read()).desired).toBe(2);
});

test('a look that fails is told, and the next one is a new one', async () => {
  let reads = 0;
  let nowMs = 0;
  const read = async () => {
    reads += 1;
    if (reads === 1) throw new Error('away');
    return signal({ needed: 1 });
  };
  await using demand = watchDemand({ read, now: () => nowMs, onError: () => undefined });
  await expect(demand.read()).rejects.toThrow('away');
  nowMs = 1000;
  expect((await demand.read()).desired).toBe(1);
});
