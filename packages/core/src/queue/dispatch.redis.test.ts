import { Queue } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import type { RunId } from '../ids.ts';
import { createRedisRunLog } from '../log/redis-run-log.ts';
import { createChannel } from '../redis/channel.ts';
import { createKeys } from '../redis/keys.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue, queueName } from './bullmq-run-queue.ts';
import { createDispatchInbox } from './dispatch-inbox.ts';
import { createQueueKeys } from './queue-keys.ts';
import type { RunHandler, TakenRun } from './run-queue.ts';

interface WorkerOptions {
  readonly concurrency?: number;
  readonly handle?: RunHandler['handle'];
  /** Which messages of its channel it never gets, by their number from 1. */
  readonly loses?: (n: number) => boolean;
}

function open() {
  const prefix = randomPrefix();
  const redis = connectTestRedis();
  const keys = createKeys(prefix);
  const { ready, presences } = createQueueKeys(prefix);
  const log = createRedisRunLog({ redis, keys, retentionMs: 60_000 });
  const queue = createBullMqRunQueue({ redis, prefix, accept: log.scriptAccept });
  onTestFinished(() => queue.close());
  const bullmq = new Queue(queueName, { connection: redis, prefix });
  onTestFinished(() => bullmq.close());
  const startWorker = async (
    name: string,
    { concurrency = 4, handle, loses = () => false }: WorkerOptions = {},
  ) => {
    const handled: TakenRun[] = [];
    const subscriber = connectTestRedis();
    const claim = log.scriptClaim(keys.controlChannel(name));
    const inbox = createDispatchInbox({ claim, now: performance.now.bind(performance) });
    let came = 0;
    await createChannel(subscriber, claim.controlChannel).open({
      onMessage: (message) => {
        came += 1;
        if (!loses(came)) inbox.receive(message);
      },
      onResubscribed: () => inbox.suspectLoss(),
    });
    const consumer = createBullMqRunConsumer({
      redis: connectTestRedis(),
      prefix,
      concurrency,
      claim,
      inbox,
      handler: {
        handle: async (run, signal) => {
          handled.push(run);
          return (await handle?.(run, signal)) ?? 'done';
        },
        abandon: async () => undefined,
      },
      onError: () => undefined,
    });
    onTestFinished(() => consumer.close(2000));
    const channel = claim.controlChannel;
    await expect.poll(() => redis.zscore(ready, channel)).not.toBeNull();
    return { consumer, subscriber, handled, channel, messages: () => came };
  };
  const dispatch = async (overrides: Parameters<typeof newRun>[1] = {}) => {
    const run = newRun('x', overrides);
    expect(await queue.dispatch(run)).toMatchObject({ outcome: 'accepted' });
    return run.id;
  };
  const isEmpty = () => expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
  return { prefix, redis, keys, ready, presences, log, queue, bullmq, startWorker, dispatch, isEmpty };
}

const forever: RunHandler['handle'] = (_, signal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve('done')));

function idsOf(runs: readonly TakenRun[]): RunId[] {
  return runs.map(({ runId }) => runId);
}

it('sends a run to a worker that has room, claimed and locked, and leaves nothing of its job', async () => {
  const { redis, keys, prefix, startWorker, dispatch, isEmpty } = open();
  const { handled, messages, channel } = await startWorker('one');
  const runId = await dispatch({ provisional: true });
  await expect.poll(() => idsOf(handled)).toEqual([runId]);
  expect(messages()).toBe(1);
  expect(handled[0]?.claim).toMatchObject({
    epoch: 1,
    seq: 0,
    visible: false,
    tenant: 'local',
    provisional: true,
  });
  expect(await redis.hmget(keys.run(runId), 'epoch', 'control')).toEqual(['1', channel]);
  expect(await redis.zcard(keys.waiting)).toBe(0);
  await isEmpty();
  const left = await redis.keys(`${prefix}:${queueName}:*`);
  expect(left.filter((key) => key.includes(runId))).toEqual([]);
});

it('sends a resent run once', async () => {
  const { queue, startWorker, isEmpty } = open();
  const { handled, messages } = await startWorker('one');
  const run = newRun('x');
  const outcomes = [await queue.dispatch(run), await queue.dispatch(run)];
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  await isEmpty();
  expect([messages(), handled.length]).toEqual([1, 1]);
});

it('spreads runs over workers by their room, and puts on the queue what none has room for', async () => {
  const { queue, startWorker, dispatch } = open();
  const large = await startWorker('large', { concurrency: 3, handle: forever });
  const small = await startWorker('small', { concurrency: 1, handle: forever });
  for (let count = 0; count < 6; count++) await dispatch();
  await expect.poll(() => [large.handled.length, small.handled.length]).toEqual([3, 1]);
  expect([large.messages(), small.messages()]).toEqual([3, 1]);
  expect(await queue.counts()).toEqual({ waiting: 2, active: 4 });
});

it('never overtakes runs that wait', async () => {
  const { redis, bullmq, queue, log, startWorker, dispatch } = open();
  const { handled, messages } = await startWorker('one');
  // A paused queue gets no marker, so the worker does not notice this one for a while.
  await bullmq.pause();
  const first = newRun('x');
  await log.accept(first);
  await queue.add(first.id);
  await redis.hdel(bullmq.toKey('meta'), 'paused');
  const second = await dispatch();
  await expect.poll(() => idsOf(handled)).toEqual([first.id, second]);
  expect(messages()).toBe(0);
});

it('sends nothing while an operator has paused the queue, or allows no more at once', async () => {
  const { bullmq, queue, startWorker, dispatch } = open();
  const { handled } = await startWorker('one', { handle: forever });
  await bullmq.setGlobalConcurrency(1);
  await dispatch();
  await dispatch();
  await expect.poll(() => handled.length).toBe(1);
  expect(await queue.counts()).toEqual({ waiting: 1, active: 1 });
  await bullmq.removeGlobalConcurrency();
  await expect.poll(() => handled.length).toBe(2);
  await bullmq.pause();
  await dispatch();
  expect(await queue.counts()).toEqual({ waiting: 1, active: 2 });
  expect(handled).toHaveLength(2);
  await bullmq.resume();
  await expect.poll(() => handled.length).toBe(3);
});

it('sends nothing to a worker that is not heard of or does not listen, but to the next one', async () => {
  const { redis, ready, presences, startWorker, dispatch } = open();
  const living = await startWorker('living');
  await redis.zadd(ready, '1000', 'frozen', '999', 'deaf');
  await redis.set(`${presences}deaf`, '0');
  const frozen = connectTestRedis();
  await frozen.subscribe('frozen');
  const runId = await dispatch();
  await expect.poll(() => idsOf(living.handled)).toEqual([runId]);
  expect(await redis.zcard(ready)).toBe(1);
});

it.each([
  ['the first', (n: number) => n === 1],
  ['one in the middle', (n: number) => n === 2],
  ['the last', (n: number) => n === 3],
  ['all', () => true],
])('handles every run although the channel loses %s of three messages', async (_, loses) => {
  const { startWorker, dispatch, isEmpty } = open();
  const { handled, messages } = await startWorker('one', { loses });
  const runIds = [await dispatch(), await dispatch(), await dispatch()];
  await expect.poll(() => idsOf(handled).toSorted(), { timeout: 4000 }).toEqual(runIds.toSorted());
  expect(messages()).toBe(3);
  await isEmpty();
});

it('handles every run although its channel is cut off', async () => {
  const { startWorker, dispatch, isEmpty } = open();
  const { handled, subscriber } = await startWorker('one');
  const runIds: RunId[] = [];
  for (let count = 0; count < 30; count++) {
    if (count % 10 === 5) subscriber.disconnect(true);
    runIds.push(await dispatch());
  }
  await expect.poll(() => new Set(idsOf(handled)), { timeout: 4000 }).toEqual(new Set(runIds));
  await isEmpty();
});

it('gives back what was sent to it while it left, and gets nothing more', async () => {
  const { redis, ready, queue, startWorker, dispatch } = open();
  const { consumer, handled } = await startWorker('one');
  consumer.pause();
  const runIds = [await dispatch(), await dispatch()];
  await expect.poll(() => redis.zcard(ready)).toBe(0);
  await consumer.close(2000);
  expect(handled).toEqual([]);
  expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
  const other = await startWorker('two');
  await expect.poll(() => idsOf(other.handled).toSorted()).toEqual(runIds.toSorted());
});

it('leaves no lock behind when the worker leaves without having got its message', async () => {
  const { redis, bullmq, queue, startWorker, dispatch } = open();
  const { consumer } = await startWorker('one', { loses: () => true });
  const runId = await dispatch();
  await consumer.close(2000);
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
  expect(await redis.exists(`${bullmq.toKey(runId)}:lock`)).toBe(0);
});
