import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId, tenantIdSchema } from '../ids.ts';
import { createRedisRunLog } from '../run-store/redis-run-log.ts';
import { createKeys } from '../redis/keys.ts';
import { createBullMqDeadLetters } from './bullmq-dead-letters.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { createDispatchInbox } from './dispatch-inbox.ts';
import type { HandledRun, RunHandler, TakenRun } from './run-queue.ts';

function open() {
  const prefix = randomPrefix();
  const keys = createKeys(prefix);
  const redis = connectTestRedis();
  const log = createRedisRunLog({ redis, keys, retentionMs: 60_000 });
  const queue = createBullMqRunQueue({ redis, prefix, accept: log.scriptAccept });
  onTestFinished(() => queue.close());
  const consume = (handler: Partial<RunHandler>, concurrency = 4) => {
    const claim = log.scriptClaim('control');
    const consumer = createBullMqRunConsumer({
      redis: connectTestRedis(),
      prefix,
      concurrency,
      claim,
      inbox: createDispatchInbox({ claim, now: Date.now }),
      handler: { handle: async () => 'done', abandon: async () => undefined, ...handler },
      onError: () => undefined,
    });
    onTestFinished(() => consumer.close(2000));
    return consumer;
  };
  const deadLetters = createBullMqDeadLetters(connectTestRedis(), prefix);
  onTestFinished(() => deadLetters.close());
  const accept = async (deadlineMs?: number) => {
    const run = newRun('x', deadlineMs === undefined ? {} : { deadlineMs });
    await log.accept(run);
    return run.id;
  };
  const submit = async () => {
    const runId = await accept();
    await queue.add(runId);
    return runId;
  };
  return { prefix, redis, queue, log, consume, deadLetters, accept, submit };
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
  const { submit, consume } = open();
  const runIds: RunId[] = [];
  for (let count = 0; count < 20; count++) runIds.push(await submit());
  const { arrive, all } = latch(20);
  const handle = async ({ runId }: TakenRun): Promise<HandledRun> => {
    arrive(runId);
    return 'done';
  };
  consume({ handle }, 1);
  expect(await all).toEqual(runIds);
});

it('queues a run once, however often it is added', async () => {
  const { queue } = open();
  const runId = createRunId(Date.now());
  await Promise.all([queue.add(runId), queue.add(runId), queue.add(runId)]);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 1, active: 0 });
});

it('knows which runs are missing, and takes a waiting one out', async () => {
  const { queue } = open();
  const [queued, unknown] = [createRunId(Date.now()), createRunId(Date.now())];
  await queue.add(queued);
  expect(await queue.missing([queued, unknown])).toEqual([unknown]);
  await queue.remove(queued);
  await queue.remove(queued);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it.each(['handed-back', 'passed-on'] as const)(
  'gives a run that was %s to a worker again',
  async (outcome) => {
    const { submit, queue, consume } = open();
    const { arrive, all } = latch(2);
    const epochs: number[] = [];
    const answers: HandledRun[] = [outcome, 'done'];
    const handle = async ({ runId, claim }: TakenRun): Promise<HandledRun> => {
      arrive(runId);
      epochs.push(claim.epoch);
      return answers.shift() ?? 'done';
    };
    consume({ handle });
    const runId = await submit();
    expect(await all).toEqual([runId, runId]);
    expect(epochs).toEqual([1, 2]);
    await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  },
);

it('abandons a run whose handler throws, and keeps it for a person to look at', async () => {
  const opened = open();
  const { queue, submit, consume } = opened;
  const content = { tenant: tenantIdSchema.parse('local'), request: newRun('x').request };
  const abandoned = Promise.withResolvers<[RunId, string]>();
  consume({
    handle: () => Promise.reject(new Error('a bug')),
    abandon: async (runId, error) => {
      abandoned.resolve([runId, error.message]);
      return content;
    },
  });
  const runId = await submit();
  expect(await abandoned.promise).toEqual([runId, 'a bug']);
  const { deadLetters } = opened;
  const letter = { runId, reason: 'a bug', executions: 1, content };
  await expect.poll(() => deadLetters.find(runId)).toMatchObject(letter);
  expect(await deadLetters.list(10)).toMatchObject([letter]);
  await deadLetters.remove(runId);
  expect(await deadLetters.list(10)).toEqual([]);
  expect(await queue.missing([runId])).toEqual([runId]);
});

it('takes no run while it is paused, and says when none is in hand', async () => {
  const { queue, submit, consume } = open();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const handled: RunId[] = [];
  const consumer = consume({
    async handle({ runId }) {
      handled.push(runId);
      started.resolve();
      await release.promise;
      return 'done';
    },
  });
  await submit();
  await started.promise;
  consumer.pause();
  await submit();
  await expect.poll(() => queue.counts()).toEqual({ waiting: 1, active: 1 });
  release.resolve();
  await consumer.idle();
  expect(handled).toHaveLength(1);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 1, active: 0 });
});
