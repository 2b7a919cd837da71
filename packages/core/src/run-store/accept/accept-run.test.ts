import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { createKeys } from '../../redis/keys.ts';
import type { NewRun } from '../run-log.ts';
import { createAcceptRun } from './accept-run.ts';

/** A store whose clock is `aheadMs` before ours, and that answers as told; its first run is accepted at 1,000 ms of ours. */
function open(...answers: ('accepted' | 'late')[]) {
  let nowMs = 1000;
  const aheadMs = 500;
  const bounds: unknown[] = [];
  let tookMs = 1;
  const accept = createAcceptRun({
    script: async (_, args) => {
      bounds.push(args.at(-1));
      nowMs += tookMs;
      return [answers.shift(), '7', 0, 0, 60_000, nowMs + aheadMs, 1, 0, -1];
    },
    keys: createKeys('x'),
    offerMs: 5000,
    patienceMs: 100,
    now: () => nowMs,
  });
  const call = (took = 1, different: Partial<NewRun> = {}) => {
    tookMs = took;
    return accept(newRun('channel', different));
  };
  return { call, bounds };
}

it('bounds the time of an acceptance by the clock of the store, once that is known', async () => {
  const { call, bounds } = open('accepted', 'accepted');
  await call();
  expect(await call()).toMatchObject({ outcome: 'accepted', createdMs: 7 });
  expect(bounds).toEqual([0, 1001 + 100 + 500]);
});

it('asks again when it was wrong about that clock, with the same end', async () => {
  const { call, bounds } = open('accepted', 'late', 'accepted');
  await call();
  expect(await call(10)).toMatchObject({ outcome: 'accepted' });
  expect(bounds).toEqual([0, 1601, 1601]);
});

it('gives up when the store came to it after the last moment', async () => {
  const { call, bounds } = open('accepted', 'late', 'accepted');
  await call();
  await expect(call(100)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(bounds).toHaveLength(2);
});

it('accepts a run before its own last moment alone, and asks for the time first when it does not know it', async () => {
  const { call, bounds } = open('late', 'accepted', 'accepted', 'late');
  const acceptBefore = 1050;
  await call(1, { acceptBefore });
  await call(1, { acceptBefore: 9000 });
  expect(bounds).toEqual([1, acceptBefore + 500, 1002 + 100 + 500]);
  await expect(call(100, { acceptBefore })).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(bounds.at(-1)).toBe(acceptBefore + 500);
});
