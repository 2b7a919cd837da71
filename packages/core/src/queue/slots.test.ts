import { expect, test, vi } from 'vitest';
import { createSlots } from './slots.ts';

test('one queue takes all that are free, and waits for one that is given back', async () => {
  const slots = createSlots(2);
  const share = slots.share();
  share.take();
  share.take();
  expect([slots.used, share.free]).toEqual([2, 0]);
  const turn = share.turn();
  share.give();
  await turn;
  expect(share.free).toBe(1);
});

test('queues that wait take turns, and a slot that is kept for one is not free for another', async () => {
  const slots = createSlots(1);
  const [busy, first, second] = [slots.share(), slots.share(), slots.share()];
  busy.take();
  const told: string[] = [];
  const turns = [first.turn().then(() => told.push('first')), second.turn().then(() => told.push('second'))];
  busy.give();
  await turns[0];
  expect([busy.free, first.free, told]).toEqual([0, 1, ['first']]);
  first.take();
  first.give();
  await turns[1];
  expect([first.free, second.free, told]).toEqual([0, 1, ['first', 'second']]);
  second.take();
});

test('a slot that is kept and not taken goes to the next in line', async () => {
  vi.useFakeTimers();
  const slots = createSlots(1);
  const [busy, first, second] = [slots.share(), slots.share(), slots.share()];
  busy.take();
  const turns = [first.turn(), second.turn()];
  busy.give();
  await turns[0];
  vi.advanceTimersByTime(100);
  await turns[1];
  expect(second.free).toBe(1);
  vi.advanceTimersByTime(100);
  expect(busy.free).toBe(1);
  vi.useRealTimers();
});
