import { expect, test } from 'vitest';
import { askOpenly } from './ask-openly.ts';
import type { LaneAnswer } from './step-lanes.ts';

const answer: LaneAnswer = { isProbe: false, isFree: true };
const step = { worker: 'w', lanes: [] };

/** A state whose steps are answered by hand. */
function open() {
  const steps: PromiseWithResolvers<LaneAnswer>[] = [];
  const errors: unknown[] = [];
  const state = {
    step() {
      const asked = Promise.withResolvers<LaneAnswer>();
      steps.push(asked);
      return asked.promise;
    },
    read: () => expect.unreachable(),
  };
  const ask = askOpenly({ state, boundMs: 20, onError: (error) => errors.push(error) });
  return { steps, errors, ask };
}

test('an answer is passed on', async () => {
  const { steps, errors, ask } = open();
  const asked = ask(step);
  steps[0]?.resolve(answer);
  expect(await asked).toBe(answer);
  expect(errors).toEqual([]);
});

test('a step that fails is reported, and allows everything', async () => {
  const { steps, errors, ask } = open();
  const asked = ask(step);
  steps[0]?.reject(new Error('refused'));
  expect(await asked).toBeUndefined();
  expect(errors).toEqual([new Error('refused')]);
});

test('without an answer in time nobody asks, nor waits, until there is one', async () => {
  const { steps, errors, ask } = open();
  expect(await Promise.all([ask(step), ask(step)])).toEqual([undefined, undefined]);
  expect(await ask(step)).toBeUndefined();
  expect(steps).toHaveLength(2);
  expect(errors).toMatchObject([{ code: 'store_unavailable' }]);
  for (const asked of steps) asked.resolve(answer);
  await steps[0]?.promise;
  await new Promise(setImmediate);
  const again = ask(step);
  steps[2]?.resolve(answer);
  expect(await again).toBe(answer);
});
