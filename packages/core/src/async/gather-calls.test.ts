import { expect, test } from 'vitest';
import { gatherCalls } from './gather-calls.ts';

/** A `send` whose calls are answered by hand. */
function open() {
  const calls: { items: readonly number[]; answer: PromiseWithResolvers<void> }[] = [];
  const call = gatherCalls((items: readonly number[]) => {
    const answer = Promise.withResolvers<void>();
    calls.push({ items, answer });
    return answer.promise;
  });
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
