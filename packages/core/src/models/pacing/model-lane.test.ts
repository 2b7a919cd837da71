import { expect, test } from 'vitest';
import { createModelLane, type Entry } from './model-lane.ts';
import type { LaneAnswer, LaneStep } from './step-lanes.ts';

const names = { provider: 'openai up', model: 'openai up m' };

/** A lane, what it has asked, and what it is answered. */
function open(answer: LaneAnswer | undefined | (() => Promise<LaneAnswer | undefined>)) {
  const steps: LaneStep[] = [];
  const ask = async (step: LaneStep) => {
    steps.push(step);
    return typeof answer === 'function' ? answer() : answer;
  };
  const lane = createModelLane({ ask, worker: 'w1', names, cap: 0, open: new Map(), now: () => 0 });
  const counted = () => steps.map(({ lanes }) => lanes.map(({ calls }) => calls));
  return { lane, steps, counted };
}

function passOf(entry: Entry) {
  if (entry.outcome === 'refused') throw new Error(`It was refused: ${entry.reason}.`);
  return entry.pass;
}

const free = { isProbe: false, isFree: true };
const troubled = { isProbe: false, isFree: false };

test('a call is counted from when it asks until it ends, in both lanes', async () => {
  const { lane, counted } = open(troubled);
  const first = passOf(await lane.enter());
  const second = passOf(await lane.enter());
  await first.end();
  await first.end();
  await second.end();
  expect(counted()).toEqual([
    [1, 1],
    [2, 2],
    [1, 1],
    [0, 0],
  ]);
});

test('a call that was refused is not counted', async () => {
  const refusal = { reason: 'full', waitMs: 100, lane: names.model } as const;
  const { lane, counted } = open({ ...troubled, refusal });
  expect(await lane.enter()).toMatchObject({ outcome: 'refused', reason: 'full', waitMs: 100 });
  await lane.renew();
  expect(counted()).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test('what is open is said again at each renewal, and once more after the last call', async () => {
  const { lane, counted } = open(free);
  const pass = passOf(await lane.enter());
  await lane.renew();
  await lane.renew();
  await pass.end();
  expect(counted()).toHaveLength(3);
  const other = passOf(await lane.enter());
  await other.end();
  expect(counted()).toHaveLength(3);
});

test('a call that ends while a renewal counts it is taken back at the next one', async () => {
  const renewal = Promise.withResolvers<LaneAnswer>();
  let answer: Promise<LaneAnswer> = Promise.resolve(free);
  const { lane, counted } = open(() => answer);
  const pass = passOf(await lane.enter());
  answer = renewal.promise;
  const renewing = lane.renew();
  await pass.end();
  renewal.resolve(free);
  await renewing;
  await lane.renew();
  await lane.renew();
  expect(counted()).toEqual([
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
});

test('a renewal without an answer is made again', async () => {
  let answer: LaneAnswer | undefined = free;
  const { lane, counted } = open(async () => answer);
  const pass = passOf(await lane.enter());
  answer = undefined;
  await pass.end();
  await lane.renew();
  answer = free;
  await lane.renew();
  await lane.renew();
  expect(counted()).toEqual([
    [1, 1],
    [0, 0],
    [0, 0],
  ]);
});

test('a refusal by the provider is told with its lane', async () => {
  const { lane, steps } = open(free);
  const pass = passOf(await lane.enter());
  await pass.end({ result: 'answered', slowDown: true, pauseMs: 7, scope: 'provider' });
  expect(steps.at(-1)?.report).toEqual({
    call: steps[0]?.enter,
    lane: names.provider,
    result: 'answered',
    slowDown: true,
    pauseMs: 7,
  });
});

test('without an answer every call is let in', async () => {
  const { lane } = open(undefined);
  expect(passOf(await lane.enter()).isProbe).toBe(false);
});
