import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPatientPace } from './patient-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pace on a clock of its own, and the runs that have begun by their names. */
function open({ isBusy }: { isBusy: boolean }) {
  const loop = { isBusy, nowMs: 0 };
  const pace = createPatientPace({ isBusy: () => loop.isBusy, now: () => loop.nowMs });
  const begun = new Map<string, Disposable>();
  const begin = async (name: string, signal = new AbortController().signal) => {
    void pace.begin(name.startsWith('live') ? 'live' : 'batch', signal).then((run) => begun.set(name, run));
    await vi.advanceTimersByTimeAsync(0);
  };
  const end = async (name: string) => {
    begun.get(name)?.[Symbol.dispose]();
    begun.delete(name);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { loop, begin, end, names: () => [...begun.keys()] };
}

test('every run begins at once while the loop has rest, or has nothing but patient ones', async () => {
  const rested = open({ isBusy: false });
  for (const name of ['live', 'a', 'b', 'c', 'd']) await rested.begin(name);
  expect(rested.names()).toEqual(['live', 'a', 'b', 'c', 'd']);
  const alone = open({ isBusy: true });
  for (const name of ['a', 'b', 'c', 'd']) await alone.begin(name);
  expect(alone.names()).toEqual(['a', 'b', 'c', 'd']);
});

test('beside a live run a busy loop takes two patient ones, the next when one is over', async () => {
  const { begin, end, names } = open({ isBusy: true });
  for (const name of ['live-1', 'a', 'b', 'c', 'd', 'live-2']) await begin(name);
  expect(names()).toEqual(['live-1', 'a', 'b', 'live-2']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(names()).not.toContain('c');
  await end('a');
  expect(names()).toEqual(['live-1', 'b', 'live-2', 'c']);
});

test.each([
  ['the loop has rest', (loop: { isBusy: boolean }) => (loop.isBusy = false)],
  ['the last live run is a while ago', (loop: { nowMs: number }) => (loop.nowMs = 3000)],
])('those that wait begin one after the other once %s', async (_, change) => {
  const { loop, begin, names } = open({ isBusy: true });
  for (const name of ['live', 'a', 'b', 'c', 'd']) await begin(name);
  change(loop);
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live', 'a', 'b', 'c']);
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live', 'a', 'b', 'c', 'd']);
});

test('one that is stopped does not wait, for its end is to be told', async () => {
  const { begin, names } = open({ isBusy: true });
  for (const name of ['live', 'a', 'b']) await begin(name);
  const stop = new AbortController();
  await begin('c', stop.signal);
  stop.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(names()).toContain('c');
});
