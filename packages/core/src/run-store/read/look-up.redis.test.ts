import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';

/** More than are looked up in one step. */
const many = 600;
const known = new Set([0, 255, 256, 599]);

it('tells of many runs in their order where their logs stand and whether somebody listens', async () => {
  const { keys, log } = openTestRunStore();
  const subscriber = connectTestRedis();
  const channel = keys.replyChannel('reader');
  await subscriber.subscribe(channel);
  const runs = Array.from({ length: many }, () => newRun(channel));
  const accepted = runs.filter((_, index) => known.has(index));
  for (const run of accepted) await log.accept(run);
  for (const { id } of accepted.slice(2, 3)) await log.end(id, { reason: 'cancelled', by: 'client' });
  const runIds = runs.map(({ id }) => id);

  const heads = await log.heads(runIds);
  expect(heads).toHaveLength(many);
  expect(new Set(heads.flatMap((head, index) => (head ? [index] : [])))).toEqual(known);
  expect(heads[255]).toEqual({ seq: 0, ended: false });
  expect(heads[256]).toEqual({ seq: 1, ended: true });

  const subscribed = await log.hasSubscribers(runIds);
  expect(subscribed).toHaveLength(many);
  expect(new Set(subscribed.flatMap((isSubscribed, index) => (isSubscribed ? [index] : [])))).toEqual(known);
});
