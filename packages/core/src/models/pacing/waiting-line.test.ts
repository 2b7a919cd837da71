import { expect, test } from 'vitest';
import { wait } from '../../async/wait.ts';
import { createWaitingLine } from './waiting-line.ts';

const clock = { now: 1_000_000 };
const endless = {
  wait: (_: number, signal: AbortSignal) => wait(1_000_000, signal),
  random: () => 0.5,
  now: () => clock.now,
};
const { signal } = new AbortController();

test('who has waited longest is woken first', async () => {
  const line = createWaitingLine(endless);
  const woken: number[] = [];
  const waiting = [1, 2, 3].map((place) => line.wait(1000, signal).then(() => woken.push(place)));
  for (const one of waiting) {
    line.wakeNext();
    await one;
  }
  line.wakeNext();
  expect(woken).toEqual([1, 2, 3]);
});

test('those further behind look later', async () => {
  const waits: number[] = [];
  const line = createWaitingLine({
    ...endless,
    wait: async (ms, aborted) => {
      waits.push(ms);
      await wait(1_000_000, aborted);
    },
  });
  const left = new AbortController();
  const all = [1, 2, 3].map(() => line.wait(1000, left.signal));
  left.abort(new Error('the client left'));
  for (const one of all) await expect(one).rejects.toThrow('the client left');
  expect(waits).toEqual([1050, 1150, 1250]);
});

test('who has left is not woken', async () => {
  const line = createWaitingLine(endless);
  const left = new AbortController();
  const first = line.wait(1000, left.signal);
  const second = line.wait(1000, signal);
  left.abort(new Error('the client left'));
  await expect(first).rejects.toThrow('the client left');
  line.wakeNext();
  await second;
});

test('it is short while no more wait than were let in during the last second', async () => {
  const line = createWaitingLine(endless);
  expect(line.isShort()).toBe(false);
  line.countEntry();
  clock.now += 600;
  line.countEntry();
  const waiting = line.wait(1000, signal);
  expect(line.isShort()).toBe(true);
  clock.now += 600;
  expect(line.isShort()).toBe(false);
  line.wakeNext();
  await waiting;
  expect(line.isShort()).toBe(true);
  clock.now += 600;
  expect(line.isShort()).toBe(false);
});
