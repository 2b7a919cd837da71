import { Queue, Worker } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId } from '../ids.ts';
import { createRedisRunLog } from '../log/redis-run-log.ts';
import { createKeys } from '../redis/keys.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue, queueName } from './bullmq-run-queue.ts';
import { createDispatchInbox } from './dispatch-inbox.ts';
import type { RunHandler } from './run-queue.ts';

/** A queue, its run log, and BullMQ's own view of it. */
function open() {
  const prefix = randomPrefix();
  const redis = connectTestRedis();
  const bullmq = new Queue(queueName, { connection: redis, prefix });
  onTestFinished(() => bullmq.close());
  const log = createRedisRunLog({ redis, keys: createKeys(prefix), retentionMs: 60_000 });
  const queue = createBullMqRunQueue({ redis, prefix, accept: log.scriptAccept });
  onTestFinished(() => queue.close());
  const handled: RunId[] = [];
  const abandoned: [RunId, string][] = [];
  const consume = ({ concurrency = 4, ...handler }: Partial<RunHandler> & { concurrency?: number } = {}) => {
    const claim = log.scriptClaim('control');
    const consumer = createBullMqRunConsumer({
      redis: connectTestRedis(),
      prefix,
      concurrency,
      claim,
      inbox: createDispatchInbox({ claim, now: Date.now }),
      handler: {
        handle: async ({ runId }) => {
          handled.push(runId);
          return 'done';
        },
        abandon: async (runId, error) => {
          abandoned.push([runId, error.message]);
          return undefined;
        },
        ...handler,
      },
      onError: () => undefined,
    });
    onTestFinished(() => consumer.close(2000));
    return consumer;
  };
  const submit = async (deadlineMs = 60_000) => {
    const run = newRun('x', { deadlineMs });
    await log.accept(run);
    await queue.add(run.id);
    return run.id;
  };
  const isEmpty = () => expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  return { redis, prefix, queue, bullmq, log, handled, abandoned, consume, submit, isEmpty };
}

it('leaves nothing of a job that is done', async () => {
  const { redis, prefix, consume, submit, handled, isEmpty } = open();
  consume();
  const runId = await submit();
  await isEmpty();
  expect(handled).toEqual([runId]);
  const left = await redis.keys(`${prefix}:${queueName}:*`);
  expect(left.filter((key) => key.includes(runId))).toEqual([]);
});

it('takes a backlog that is larger than one exchange and than its room, each run once', async () => {
  const { consume, submit, handled, isEmpty } = open();
  const runIds = await Promise.all(Array.from({ length: 150 }, () => submit()));
  let most = 0;
  const consumer = consume({
    concurrency: 7,
    async handle({ runId }) {
      most = Math.max(most, consumer.active);
      await new Promise(setImmediate);
      handled.push(runId);
      return 'done';
    },
  });
  await isEmpty();
  expect(handled.toSorted()).toEqual(runIds.toSorted());
  expect(most).toBe(7);
});

it('gives a run that is over, too late or unknown to no handler, and takes it off', async () => {
  const { log, queue, consume, submit, handled, isEmpty } = open();
  const ended = await submit();
  await log.end(ended, { reason: 'cancelled', by: 'client' });
  const late = await submit(0);
  await queue.add(createRunId(Date.now()));
  consume();
  await isEmpty();
  expect(handled).toEqual([]);
  const read = await log.read(late, { afterSeq: 0, limit: 10 });
  expect(read).toMatchObject({ outcome: 'found', ended: true });
});

it('leaves what it has no room for to another worker at once', async () => {
  const { consume, submit } = open();
  const blocked = Promise.withResolvers<'done'>();
  const first: RunId[] = [];
  consume({
    concurrency: 1,
    handle: ({ runId }) => {
      first.push(runId);
      return blocked.promise;
    },
  });
  const second = Promise.withResolvers<RunId>();
  await submit();
  await expect.poll(() => first).toHaveLength(1);
  consume({
    handle: async ({ runId }) => {
      second.resolve(runId);
      return 'done';
    },
  });
  const runId = await submit();
  expect(await second.promise).toBe(runId);
  blocked.resolve('done');
});

it('stands still while an operator has paused the queue', async () => {
  const { redis, bullmq, queue, consume, submit, handled, isEmpty } = open();
  await bullmq.pause();
  await Promise.all([submit(), submit()]);
  await redis.zadd(bullmq.toKey('marker'), 0, '0');
  consume();
  await expect.poll(() => redis.exists(bullmq.toKey('marker'))).toBe(0);
  expect([await queue.counts(), handled]).toEqual([{ waiting: 2, active: 0 }, []]);
  await bullmq.resume();
  await isEmpty();
  expect(handled).toHaveLength(2);
});

it('takes no more at once than an operator allows all workers together', async () => {
  const { bullmq, consume, submit, isEmpty } = open();
  await bullmq.setGlobalConcurrency(2);
  let active = 0;
  let most = 0;
  const handle: RunHandler['handle'] = async () => {
    active += 1;
    most = Math.max(most, active);
    await new Promise(setImmediate);
    active -= 1;
    return 'done';
  };
  await Promise.all(Array.from({ length: 20 }, () => submit()));
  consume({ handle });
  consume({ handle });
  await isEmpty();
  expect(most).toBe(2);
});

it('fails a job that BullMQ has marked as one that kills its workers', async () => {
  const { redis, bullmq, submit, abandoned, consume } = open();
  const runId = await submit();
  await redis.hset(bullmq.toKey(runId), 'defa', 'job stalled more than allowable limit');
  consume();
  await expect.poll(() => abandoned).toEqual([[runId, 'job stalled more than allowable limit']]);
  expect(await (await bullmq.getJob(runId))?.getState()).toBe('failed');
});

it('gives up a run that cannot be read, and none of those that come with it', async () => {
  const { redis, prefix, bullmq, submit, handled, abandoned, consume } = open();
  const runIds = [await submit(), await submit(), await submit()];
  const [, broken] = runIds;
  await redis.hset(createKeys(prefix).run(broken as RunId), 'request', '{');
  consume();
  await expect.poll(() => abandoned).toMatchObject([[broken, expect.stringContaining('cannot be read')]]);
  await expect.poll(() => handled).toEqual([runIds[0], runIds[2]]);
  expect(await bullmq.getJobState(String(broken))).toBe('failed');
});

it('puts jobs where a worker of BullMQ finds them, and takes those that BullMQ has put there', async () => {
  const { redis, prefix, bullmq, log, submit, consume, handled, isEmpty } = open();
  const taken = Promise.withResolvers<string | undefined>();
  const worker = new Worker(queueName, async (job) => taken.resolve(job.id), { connection: redis, prefix });
  onTestFinished(() => worker.close());
  const runId = await submit();
  expect(await taken.promise).toBe(runId);
  await worker.close();
  consume();
  const run = newRun('x');
  await log.accept(run);
  await bullmq.add('run', null, { jobId: run.id, removeOnComplete: true });
  await expect.poll(() => handled).toEqual([run.id]);
  await isEmpty();
});

it('finds a run whose marker was lost', { timeout: 15_000 }, async () => {
  const { redis, bullmq, consume, submit, handled, isEmpty } = open();
  consume();
  await submit();
  await isEmpty();
  // A paused queue gets no marker; that it goes on is not told either.
  await bullmq.pause();
  const runId = await submit();
  await redis.hdel(bullmq.toKey('meta'), 'paused');
  await expect.poll(() => handled, { timeout: 10_000 }).toContain(runId);
});

it('leaves a job alone that it has lost, when it is done with it', async () => {
  const { redis, bullmq, queue, consume, submit } = open();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<'done'>();
  const consumer = consume({
    handle() {
      started.resolve();
      return release.promise;
    },
  });
  const runId = await submit();
  await started.promise;
  await redis.set(`${bullmq.toKey(runId)}:lock`, 'of another worker');
  release.resolve('done');
  await consumer.idle();
  await consumer.close(2000);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
});
