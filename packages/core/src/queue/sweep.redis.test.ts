import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRedisRunLog } from '../run-store/redis-run-log.ts';
import { createRedisRunIndex } from '../run-store/end/overdue-runs.ts';
import { createLogger } from '../logging/logger.ts';
import { createBullMqRunQueue } from '../queue/bullmq-run-queue.ts';
import { createKeys } from '../redis/keys.ts';
import { sweep } from './sweep.ts';

function open() {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const log = createRedisRunLog({ redis, keys, retentionMs: 60_000 });
  const queue = createBullMqRunQueue({ redis, prefix: keys.queuePrefix, accept: log.scriptAccept });
  onTestFinished(() => queue.close());
  const logger = createLogger({ role: 'test', level: 'silent' });
  const parts = { index: createRedisRunIndex(redis, keys), log, queue, logger };
  return { log, queue, sweep: (unclaimedAfterMs = 0) => sweep(parts, { unclaimedAfterMs, batch: 10 }) };
}

it('queues a run that was accepted and never queued, because its API died in between', async () => {
  const { log, queue, sweep } = open();
  const run = newRun('nobody');
  await log.accept(run);
  expect(await queue.missing([run.id])).toEqual([run.id]);
  await sweep(60_000);
  expect(await queue.missing([run.id])).toEqual([run.id]);
  await sweep();
  expect(await queue.missing([run.id])).toEqual([]);
});

it('leaves a run alone that waits in the queue, or that a worker holds, or that has ended', async () => {
  const { log, queue, sweep } = open();
  const [queued, held, ended] = [newRun('x'), newRun('x'), newRun('x')];
  for (const run of [queued, held, ended]) await log.accept(run);
  await queue.add(queued.id);
  await log.claim(held.id, 'control');
  await log.end(ended.id, { reason: 'cancelled', by: 'client' });
  await sweep();
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
});

it('ends a run that is past its deadline, queued or held by a worker that died, and takes it off the queue', async () => {
  const { log, queue, sweep } = open();
  const [queued, held] = [newRun('x', { deadlineMs: 0 }), newRun('x', { deadlineMs: 20 })];
  for (const run of [queued, held]) await log.accept(run);
  await queue.add(queued.id);
  await log.claim(held.id, 'control');
  await expect
    .poll(async () => {
      await sweep();
      return (await log.heads([queued.id, held.id])).map((head) => head?.ended);
    })
    .toEqual([true, true]);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
  const read = await log.read(held.id, { afterSeq: 0, limit: 10 });
  expect(read).toMatchObject({ frames: [{ payload: expect.stringContaining('deadline') }] });
});
