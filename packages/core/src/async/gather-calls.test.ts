import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type GatherOptions, gatherCalls } from './gather-calls.ts';

/** A `send` whose calls are answered by hand. */
function open(options: GatherOptions = {}) {
  const calls: { items: readonly number[]; answer: PromiseWithResolvers<void> }[] = [];
  const call = gatherCalls((items: readonly number[]) => {
    const answer = Promise.withResolvers<void>();
    calls.push({ items, answer });
    return answer.promise;
  }, options);
  const sent = () => calls.map(({ items }) => items);
  return { calls, call, sent };
}

const turn = () => new Promise(setImmediate);

test('sends what is alone at once, and what comes meanwhile together when the answer is there', async () => {
  const { calls, call, sent } = open();
  const first = call(1);
  await turn();
  const [second, third] = [call(2), call(3)];
  await turn();
  expect(sent()).toEqual([[1]]);
  calls[0]?.answer.resolve();
  await first;
  await turn();
  expect(sent()).toEqual([[1], [2, 3]]);
  calls[1]?.answer.resolve();
  await Promise.all([second, third]);
});

test('a call that fails fails for its own items only', async () => {
  const { calls, call, sent } = open();
  const first = call(1);
  await turn();
  const second = call(2);
  calls[0]?.answer.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  calls[1]?.answer.resolve();
  await expect(second).resolves.toBeUndefined();
  expect(sent()).toEqual([[1], [2]]);
});

test('a call carries no more than 256 items', async () => {
  const { calls, call, sent } = open();
  const all = Array.from({ length: 300 }, (_, index) => call(index));
  await turn();
  calls[0]?.answer.resolve();
  await all[0];
  await turn();
  calls[1]?.answer.resolve();
  await Promise.all(all);
  expect(sent().map(({ length }) => length)).toEqual([256, 44]);
});

/** One whose first call is over. */
async function openPaced(paceMs: () => number) {
  const opened = open({ paceMs });
  const first = opened.call(0);
  await turn();
  opened.calls[0]?.answer.resolve();
  await first;
  return opened;
}

test('with a pace, what comes too early for a call gathers for it', async () => {
  const { call, sent } = await openPaced(() => 200);
  void call(1);
  await delay(20);
  void call(2);
  await turn();
  expect(sent()).toEqual([[0]]);
  await expect.poll(sent).toEqual([[0], [1, 2]]);
});

test('with a pace, a call that carries enough goes at once', async () => {
  const { call, sent } = await openPaced(() => 5000);
  for (let item = 1; item <= 8; item += 1) void call(item);
  await turn();
  expect(sent()).toEqual([[0], [1, 2, 3, 4, 5, 6, 7, 8]]);
});

test('the pace is asked for before each call', async () => {
  let paceMs = 5000;
  const { call, sent } = await openPaced(() => paceMs);
  paceMs = 0;
  void call(1);
  await turn();
  expect(sent()).toEqual([[0], [1]]);
});
