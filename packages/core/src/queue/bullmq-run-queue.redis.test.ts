import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId } from '../ids.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import type { HandledRun, RunHandler } from './run-queue.ts';

function open() {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(), prefix);
  onTestFinished(() => queue.close());
  const consume = (handler: Partial<RunHandler>, concurrency = 4) => {
    const consumer = createBullMqRunConsumer({
      redis: connectTestRedis(),
      prefix,
      concurrency,
      handler: { handle: async () => 'done', abandon: async () => undefined, ...handler },
      onError: () => undefined,
    });
    onTestFinished(() => consumer.close(2000));
    return consumer;
  };
  return { queue, consume };
}

/** Resolves with the runs that were handled, as soon as there are `count` of them. */
function latch(count: number) {
  const handled: RunId[] = [];
  const { promise, resolve } = Promise.withResolvers<RunId[]>();
  const arrive = (runId: RunId) => {
    handled.push(runId);
    if (handled.length === count) resolve(handled);
  };
  return { arrive, all: promise };
}

it('hands out runs once each, oldest first', async () => {
  const { queue, consume } = open();
  const runIds = Array.from({ length: 20 }, createRunId);
  for (const runId of runIds) await queue.add(runId);
  const { arrive, all } = latch(20);
  consume({ handle: async (runId) => (arrive(runId), 'done') }, 1);
  expect(await all).toEqual(runIds);
});

it('queues a run once, however often it is added', async () => {
  const { queue } = open();
  const runId = createRunId();
  await Promise.all([queue.add(runId), queue.add(runId), queue.add(runId)]);
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
});

it('knows which runs are missing, and takes a waiting one out', async () => {
  const { queue } = open();
  const [queued, unknown] = [createRunId(), createRunId()];
  await queue.add(queued);
  expect(await queue.missing([queued, unknown])).toEqual([unknown]);
  await queue.remove(queued);
  await queue.remove(queued);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('gives a run that was handed back to a worker again', async () => {
  const { queue, consume } = open();
  const { arrive, all } = latch(2);
  const answers: HandledRun[] = ['handed-back', 'done'];
  consume({ handle: async (runId) => (arrive(runId), answers.shift() ?? 'done') });
  const runId = createRunId();
  await queue.add(runId);
  expect(await all).toEqual([runId, runId]);
});

it('abandons a run whose handler throws, and keeps it for a person to look at', async () => {
  const { queue, consume } = open();
  const abandoned = Promise.withResolvers<[RunId, string]>();
  consume({
    handle: () => Promise.reject(new Error('a bug')),
    abandon: async (runId, error) => abandoned.resolve([runId, error.message]),
  });
  const runId = createRunId();
  await queue.add(runId);
  expect(await abandoned.promise).toEqual([runId, 'a bug']);
  expect(await queue.missing([runId])).toEqual([]);
});

it('takes no run while it is paused, and says when none is in hand', async () => {
  const { queue, consume } = open();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const handled: RunId[] = [];
  const consumer = consume({
    async handle(runId) {
      handled.push(runId);
      started.resolve();
      await release.promise;
      return 'done';
    },
  });
  await queue.add(createRunId());
  await started.promise;
  consumer.pause();
  await queue.add(createRunId());
  expect(consumer.active).toBe(1);
  release.resolve();
  await consumer.idle();
  expect(handled).toHaveLength(1);
  expect(await queue.counts()).toMatchObject({ waiting: 1 });
});
