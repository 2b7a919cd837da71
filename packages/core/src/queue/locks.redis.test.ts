import { type Job, Queue, Worker } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId } from '../ids.ts';
import { createRedisRunLog } from '../log/redis-run-log.ts';
import { createKeys } from '../redis/keys.ts';
import { createBullMqRunQueue, queueName } from './bullmq-run-queue.ts';
import { createJobLocks } from './job-locks.ts';
import { createStalledCheck } from './stalled-check.ts';

/** A queue with one job, and workers that take it by hand. */
async function open() {
  const redis = connectTestRedis();
  const prefix = randomPrefix();
  const looksKey = `${prefix}:looks`;
  const { scriptAccept: accept } = createRedisRunLog({
    redis,
    keys: createKeys(prefix),
    retentionMs: 60_000,
  });
  const queue = createBullMqRunQueue({ redis, prefix, accept });
  onTestFinished(() => queue.close());
  const id = createRunId(Date.now());
  await queue.add(id);
  const limits = { stalledInterval: 1, maxStalledCount: 5 };
  const stalledQueue = new Queue(queueName, { connection: redis, prefix, ...limits });
  onTestFinished(() => stalledQueue.close());
  const openWorker = () => {
    const worker = new Worker(queueName, null, { connection: redis, prefix });
    onTestFinished(() => worker.close());
    const locks = createJobLocks({ redis, toKey: worker.toKey });
    return {
      locks,
      check: createStalledCheck({ redis, queue: stalledQueue, looksKey }),
      async take() {
        const token = crypto.randomUUID();
        const job: Job | undefined = await worker.getNextJob(token, { block: false });
        if (!job?.id) throw new Error('there is no job');
        const starts = job.attemptsStarted;
        return { ...locks.hold({ id: job.id, token, starts }), give: () => job.moveToWait(token) };
      },
    };
  };
  const lockKey = `${prefix}:${queueName}:${id}:lock`;
  return {
    queue,
    openWorker,
    loseLock: () => redis.del(lockKey),
    lockLeft: () => redis.pttl(lockKey),
    /** As if somebody had looked so long ago, for the first time since a pause and for the last. */
    lookedAgo: ({ first, last }: { first: number; last: number }) =>
      redis.hset(looksKey, { since: Date.now() - first, last: Date.now() - last }),
  };
}

it('prolongs a lock, and takes one back that has run out while nobody else was given the job', async () => {
  const { openWorker, loseLock, lockLeft } = await open();
  const { take, locks } = openWorker();
  const { signal } = await take();
  await loseLock();
  await locks.renew();
  expect(await lockLeft()).toBeGreaterThan(5000);
  expect(signal.aborted).toBe(false);
});

it.each([
  ['has it', false],
  ['had it and lost its lock as well', true],
])('gives a job up when another worker %s', async (_, lostAgain) => {
  const { openWorker, loseLock, lookedAgo } = await open();
  const [one, other] = [openWorker(), openWorker()];
  const { signal } = await one.take();
  await loseLock();
  await lookedAgo({ first: 60_000, last: 100 });
  const takeOver = async () => {
    await one.check();
    return await other.take().catch(() => undefined);
  };
  await expect.poll(takeOver).toHaveProperty('signal.aborted', false);
  if (lostAgain) await loseLock();
  await one.locks.renew();
  expect(signal.aborted).toBe(true);
});

it('gives a job up that waits for another worker', async () => {
  const { openWorker } = await open();
  const { take, locks } = openWorker();
  const { signal, give } = await take();
  await give();
  await locks.renew();
  expect(signal.aborted).toBe(true);
});

it('forgets a job that was released', async () => {
  const { openWorker, loseLock, lockLeft } = await open();
  const { take, locks } = openWorker();
  const { signal, release } = await take();
  release();
  await loseLock();
  await locks.renew();
  expect([await lockLeft(), signal.aborted]).toEqual([-2, false]);
});

it('leaves jobs without a lock alone until somebody has looked for a while without a pause, and hands them out then', async () => {
  const { openWorker, queue, loseLock, lookedAgo } = await open();
  const { take, check } = openWorker();
  await take();
  await loseLock();
  await lookedAgo({ first: 60_000, last: 12_000 });
  for (let looks = 0; looks < 100; looks++) await check();
  expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
  await lookedAgo({ first: 1000, last: 100 });
  for (let looks = 0; looks < 100; looks++) await check();
  expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
  await lookedAgo({ first: 60_000, last: 100 });
  const look = () => check().then(queue.counts);
  await expect.poll(look, { timeout: 10_000 }).toEqual({ waiting: 1, active: 0 });
});
