import { Queue } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { CaluteError } from '../errors.ts';
import { createRunId, type RunId } from '../ids.ts';
import { createBullMqDeadLetters } from './bullmq-dead-letters.ts';
import { createBullMqRunConsumer, type RunConsumerParts } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { queueName } from './run-job.ts';
import type { RunHandler } from './run-queue.ts';
import { createSlots } from './slots.ts';

/** What happens to one run of a job must not touch the others, which belong to anybody. */
function open() {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(), prefix);
  const deadLetters = createBullMqDeadLetters(connectTestRedis(), prefix);
  const tool = new Queue(queueName, { connection: connectTestRedis(), prefix });
  onTestFinished(async () => {
    await tool.close();
    await queue.close();
    await deadLetters.close();
  });
  const errors: unknown[] = [];
  const consume = (handler: RunHandler, more: Partial<RunConsumerParts> = {}) => {
    const parts = { redis: connectTestRedis(), prefix, slots: createSlots(16), queue, handler, ...more };
    const consumer = createBullMqRunConsumer({ ...parts, onError: (error) => errors.push(error) });
    onTestFinished(() => consumer.close(2000));
  };
  const addTogether = async (count: number) => {
    const runIds = Array.from({ length: count }, () => createRunId(Date.now()));
    await Promise.all(runIds.map((runId) => queue.add({ runId, epoch: 0 })));
    return runIds as [RunId, ...RunId[]];
  };
  return { queue, deadLetters, tool, consume, addTogether, errors };
}

it('leaves the other runs of a job queued when its first one is taken out', async () => {
  const { queue, consume, addTogether } = open();
  const runIds = await addTogether(4);
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
  await queue.remove(runIds[0]);
  const taken: RunId[] = [];
  consume(async ({ runId }) => {
    taken.push(runId);
    return { outcome: 'done' };
  });
  await expect.poll(() => taken).toEqual(expect.arrayContaining(runIds.slice(1)));
});

it('keeps dead letters when a client takes out a run that is over', async () => {
  const { queue, deadLetters, consume, addTogether } = open();
  const [runId] = await addTogether(1);
  consume(async () => {
    throw new Error('no luck');
  });
  await expect.poll(() => deadLetters.find(runId)).toMatchObject({ reason: 'no luck' });
  await queue.remove(runId);
  expect(await deadLetters.find(runId)).toMatchObject({ reason: 'no luck' });
});

it('keeps dead letters when a tool of BullMQ retries failed jobs, whose runs are over', async () => {
  const { deadLetters, tool, consume, addTogether } = open();
  const runIds = await addTogether(2);
  const handled: RunId[] = [];
  consume(async ({ runId }) => {
    handled.push(runId);
    if (handled.length === 1) throw new Error('no luck');
    return { outcome: 'done' };
  });
  await expect.poll(() => deadLetters.list(10)).toHaveLength(1);
  await tool.retryJobs({ state: 'failed' });
  await expect.poll(() => handled).toHaveLength(4);
  await expect.poll(() => tool.getJobCounts('failed', 'active')).toEqual({ failed: 1, active: 0 });
  expect(await deadLetters.find(runIds[0])).toMatchObject({ reason: 'no luck' });
});

it('gives a run out again whose earlier job is still in the hands of a worker, or has failed', async () => {
  const { queue, consume, addTogether } = open();
  const [first, second] = await addTogether(2);
  const given: RunId[] = [];
  const freeze = Promise.withResolvers<void>();
  consume(async ({ runId }) => {
    given.push(runId);
    if (runId === second && given.length === 2) {
      await freeze.promise;
      throw new Error('no luck');
    }
    return { outcome: 'done' };
  });
  await expect.poll(() => given.length).toBe(2);
  for (let times = 0; times < 3; times += 1) await queue.add({ runId: first, epoch: 0 }, { again: true });
  await expect.poll(() => given.filter((runId) => runId === first).length).toBeGreaterThan(1);
  freeze.resolve();
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  const before = given.length;
  await queue.add({ runId: first, epoch: 0 }, { again: true });
  await expect.poll(() => given.length).toBe(before + 1);
});

it('queues a run once that nobody takes, however often it is offered again', async () => {
  const { queue, addTogether } = open();
  const [first, second = first] = await addTogether(2);
  for (const runId of [first, second, first, second]) await queue.add({ runId, epoch: 0 }, { again: true });
  // The job of both, and one of the second run's own.
  expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
});

it('buries no run that the store refuses to queue again: another one that is handed back, or has no room', async () => {
  const { queue, deadLetters, consume, addTogether, errors } = open();
  const refusing = {
    ...queue,
    add: () => Promise.reject(new CaluteError('store_unavailable', 'The store refuses.')),
  };
  await addTogether(3);
  const taken: RunId[] = [];
  const handler: RunHandler = async (run) => {
    taken.push(run.runId);
    return { outcome: 'again', run: { ...run, epoch: 1 } };
  };
  consume(handler, { queue: refusing, slots: createSlots(1) });
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  expect(taken).toHaveLength(1);
  expect(errors).toHaveLength(3);
  expect(await deadLetters.list(10)).toEqual([]);
});

it('keeps a job for as long as its runs take, however short BullMQ keeps its lock', async () => {
  const { queue, consume, addTogether, errors } = open();
  const [runId] = await addTogether(1);
  const release = Promise.withResolvers<void>();
  const taken: RunId[] = [];
  const handler: RunHandler = async (run) => {
    taken.push(run.runId);
    await release.promise;
    return { outcome: 'done' };
  };
  for (const _ of ['holder', 'other']) consume(handler, { lockMs: 200 });
  await expect.poll(() => taken).toEqual([runId]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(taken).toEqual([runId]);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
  release.resolve();
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  expect(errors).toEqual([]);
});

it('begins runs in the order in which they were added, but for those that begin together', async () => {
  const { consume, addTogether } = open();
  const added: RunId[] = [];
  for (let job = 0; job < 16; job += 1) added.push(...(await addTogether(2)));
  const begun: RunId[] = [];
  const handler: RunHandler = async ({ runId }) => {
    begun.push(runId);
    await new Promise((resolve) => setTimeout(resolve, 5 + (begun.length % 3)));
    return { outcome: 'done' };
  };
  const slots = 8;
  consume(handler, { slots: createSlots(slots) });
  await expect.poll(() => begun.length).toBe(added.length);
  const moved = begun.map((runId, at) => Math.abs(added.indexOf(runId) - at));
  expect(Math.max(...moved)).toBeLessThan(slots);
});
