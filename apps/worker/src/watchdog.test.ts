import { expect, it } from 'vitest';
import { createWatchdog } from './watchdog.ts';

function open() {
  const state = { waiting: 1, taken: 0, hasRoom: true, now: 0 };
  const look = createWatchdog({
    waiting: async () => state.waiting,
    taken: () => state.taken,
    hasRoom: () => state.hasRoom,
    now: () => state.now,
    wedgedAfterMs: 30_000,
  });
  const lookAt = (now: number, changes: Partial<typeof state> = {}) => {
    Object.assign(state, changes, { now });
    return look();
  };
  return { state, lookAt };
}

it('finds a worker wedged that took nothing for the whole time though work waited', async () => {
  const { lookAt } = open();
  expect([await lookAt(0), await lookAt(15_000), await lookAt(29_999)]).toEqual(['fine', 'fine', 'fine']);
  expect(await lookAt(30_000)).toBe('wedged');
});

it.each([
  ['a run was taken', { taken: 1 }],
  ['the queue was empty', { waiting: 0 }],
  ['there was no room', { hasRoom: false }],
])('begins anew when %s meanwhile', async (_, change) => {
  const { state, lookAt } = open();
  await lookAt(0);
  await lookAt(15_000, change);
  Object.assign(state, { waiting: 1, hasRoom: true });
  expect(await lookAt(30_000)).toBe('fine');
});

it('does not count the idle time before work came', async () => {
  const { lookAt } = open();
  await lookAt(0, { waiting: 0 });
  expect(await lookAt(100_000, { waiting: 1 })).toBe('fine');
});
