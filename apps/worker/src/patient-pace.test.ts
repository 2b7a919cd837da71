import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPatientPace } from './patient-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pace on a clock of its own, and the runs that have begun by their names. */
function open(load: number) {
  const loop = { load, nowMs: 0 };
  const pace = createPatientPace({ load: () => loop.load, now: () => loop.nowMs });
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
  const rested = open(0.2);
  for (const name of ['live', 'a', 'b', 'c', 'd']) await rested.begin(name);
  expect(rested.names()).toEqual(['live', 'a', 'b', 'c', 'd']);
  const alone = open(1);
  for (const name of ['a', 'b', 'c', 'd']) await alone.begin(name);
  expect(alone.names()).toEqual(['a', 'b', 'c', 'd']);
});

test('a loop without any rest and without live runs takes as many as keep it busy, the next when one is over', async () => {
  const { loop, begin, end, names } = open(1);
  for (let number = 1; number <= 26; number += 1) await begin(`${number}`);
  await vi.advanceTimersByTimeAsync(1000);
  expect(names()).toHaveLength(24);
  await end('1');
  expect(names()).toHaveLength(24);
  loop.load = 0.5;
  await end('2');
  expect(names()).toHaveLength(24);
  expect(names()).toContain('26');
});

test('beside live runs a loop with some load takes one patient run each 20 ms, whether others are over or not', async () => {
  const { begin, end, names } = open(0.5);
  for (const name of ['live-1', 'a', 'b', 'c', 'live-2']) await begin(name);
  expect(names()).toEqual(['live-1', 'live-2']);
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live-1', 'live-2', 'a']);
  await end('a');
  expect(names()).toEqual(['live-1', 'live-2']);
  await vi.advanceTimersByTimeAsync(40);
  expect(names()).toEqual(['live-1', 'live-2', 'b', 'c']);
});

test('beside live runs a loop without any rest takes two patient ones, the next after one is over', async () => {
  const { begin, end, names } = open(1);
  for (const name of ['live', 'a', 'b', 'c', 'd']) await begin(name);
  await vi.advanceTimersByTimeAsync(1000);
  expect(names()).toEqual(['live', 'a', 'b']);
  await end('a');
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live', 'b', 'c']);
});

test.each([
  ['the loop has rest', (loop: { load: number }) => (loop.load = 0)],
  ['the last live run is a while ago', (loop: { nowMs: number }) => (loop.nowMs = 3000)],
])('those that wait begin one after the other once %s', async (_, change) => {
  const { loop, begin, names } = open(1);
  for (const name of ['live', 'a', 'b', 'c', 'd']) await begin(name);
  await vi.advanceTimersByTimeAsync(40);
  change(loop);
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live', 'a', 'b', 'c']);
  await vi.advanceTimersByTimeAsync(20);
  expect(names()).toEqual(['live', 'a', 'b', 'c', 'd']);
});

test('one that is stopped does not wait, for its end is to be told', async () => {
  const { begin, names } = open(1);
  await begin('live');
  const stop = new AbortController();
  await begin('a', stop.signal);
  expect(names()).toEqual(['live']);
  stop.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(names()).toContain('a');
});
