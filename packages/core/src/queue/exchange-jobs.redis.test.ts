import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRedisRunLog } from '../log/redis-run-log.ts';
import { createKeys } from '../redis/keys.ts';
import { createBullMqRunQueue, queueName } from './bullmq-run-queue.ts';
import { createExchangeJobs, type Exchange } from './exchange-jobs.ts';
import { createQueueKeys } from './queue-keys.ts';

/** Runs that wait, with prompts of so many bytes, and what takes them. */
async function open(promptBytes: readonly number[]) {
  const prefix = randomPrefix();
  const redis = connectTestRedis();
  const log = createRedisRunLog({ redis, keys: createKeys(prefix), retentionMs: 60_000 });
  const queue = createBullMqRunQueue({ redis, prefix, accept: log.scriptAccept });
  onTestFinished(() => queue.close());
  const toKey = (name: string) => `${prefix}:${queueName}:${name}`;
  for (const bytes of promptBytes) {
    const run = newRun('x');
    const messages = [{ role: 'user' as const, content: 'x'.repeat(bytes) }];
    await log.accept({ ...run, request: { ...run.request, chat: { model: 'echo', messages } } });
    await queue.add(run.id);
  }
  const keys = createQueueKeys(prefix);
  const exchangeJobs = createExchangeJobs({ redis, toKey, keys, claim: log.scriptClaim('control') });
  const exchange = (offer: Omit<Exchange, 'came'>) => exchangeJobs({ ...offer, came: 0 });
  return { queue, exchange, hasMarker: () => redis.exists(toKey('marker')) };
}

it('takes no more than there is room for, and gives the done ones back in the same step', async () => {
  const { queue, exchange } = await open([1, 1, 1]);
  const { taken } = await exchange({ done: [], room: 2 });
  expect(taken.map(({ claim }) => claim.outcome)).toEqual(['claimed', 'claimed']);
  expect(await queue.counts()).toEqual({ waiting: 1, active: 2 });
  const next = await exchange({ done: taken.map(({ job }) => job), room: 2 });
  expect(next.taken).toHaveLength(1);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
});

it('stops taking at a megabyte of requests, and leaves the marker for what is left', async () => {
  const { exchange, hasMarker } = await open([700_000, 700_000, 700_000]);
  expect((await exchange({ done: [], room: 64 })).taken).toHaveLength(2);
  expect(await hasMarker()).toBe(1);
  expect((await exchange({ done: [], room: 64 })).taken).toHaveLength(1);
});
