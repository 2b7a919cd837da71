import { expect, inject, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../../../../tests/support/start-private-redis.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId } from '../ids.ts';
import { closeRedis } from '../redis/connect.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import type { HandledRun } from './run-queue.ts';
import { createSlots } from './slots.ts';

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function open(url = inject('redisUrl')) {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(url), prefix);
  onTestFinished(() => queue.close());
  const redis = connectTestRedis(url);
  const held = Promise.withResolvers<HandledRun>();
  const consumer = createBullMqRunConsumer({
    redis,
    prefix,
    slots: createSlots(2),
    queue,
    handler: () => held.promise,
    onError: () => undefined,
    lockMs: 400,
  });
  const add = () => queue.add({ runId: createRunId(Date.now()), epoch: 0 });
  return { queue, redis, consumer, add, held };
}

it('gives a job back that comes to a paused worker just when it closes', async () => {
  const left = [];
  for (let round = 0; round < 30; round += 1) {
    const { queue, redis, consumer, add } = open();
    await pauseFor(15);
    consumer.pause();
    const adding = add();
    await pauseFor(round % 3);
    await consumer.close(2000);
    await closeRedis(redis, 1000);
    await adding;
    left.push(await queue.counts());
  }
  expect(left).toEqual(left.map(() => ({ waiting: 1, active: 0 })));
});

it('closes within its bound while Redis does not answer, though it is about to renew a lock', async () => {
  await using redis = await startPrivateRedis({ aof: false });
  const { consumer, add, held } = open(redis.url);
  await add();
  await expect.poll(() => consumer.active).toBe(1);
  redis.pause();
  await pauseFor(500);
  const closing = consumer.close(300).then(() => 'closed');
  expect(await Promise.race([closing, pauseFor(3000)])).toBe('closed');
  redis.resume();
  held.resolve({ outcome: 'done' });
  await expect.poll(() => consumer.active).toBe(0);
});
