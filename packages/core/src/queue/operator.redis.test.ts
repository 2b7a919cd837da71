import { Queue } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId } from '../ids.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { queueName } from './run-job.ts';
import { createSlots } from './slots.ts';

/** Our queue and worker, and BullMQ's own `Queue` as an operator's tool holds it. */
function open({ concurrency = 10 } = {}) {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(), prefix);
  const tool = new Queue(queueName, { connection: connectTestRedis(), prefix });
  const started: { runId: RunId; at: number }[] = [];
  const release = Promise.withResolvers<void>();
  release.promise.catch(() => undefined);
  const consume = () => {
    const consumer = createBullMqRunConsumer({
      redis: connectTestRedis(),
      prefix,
      slots: createSlots(concurrency),
      queue,
      async handler({ runId }) {
        started.push({ runId, at: performance.now() });
        await release.promise;
        return { outcome: 'done' };
      },
      onError: () => undefined,
    });
    onTestFinished(async () => {
      release.resolve();
      await consumer.close(2000);
    });
  };
  onTestFinished(async () => {
    await tool.close();
    await queue.close();
  });
  const add = async (count: number) => {
    const runIds = Array.from({ length: count }, () => createRunId(Date.now()));
    await Promise.all(runIds.map((runId) => queue.add({ runId, epoch: 0 })));
    return runIds;
  };
  return { queue, tool, add, consume, started, release };
}

it('shows runs to the tools of BullMQ: by id, in lists and in counts, waiting and active', async () => {
  const { tool, add, consume, started, release } = open();
  const [runId = ''] = await add(1);
  expect(await tool.getJobCounts('waiting', 'active')).toEqual({ waiting: 1, active: 0 });
  expect((await tool.getJobs(['waiting'])).map(({ id, data }) => [id, data])).toEqual([
    [runId, { runs: [{ runId, epoch: 0 }] }],
  ]);
  consume();
  await expect.poll(() => started.length).toBe(1);
  expect((await tool.getActive()).map(({ id }) => id)).toEqual([runId]);
  expect(await (await tool.getJob(runId))?.getState()).toBe('active');
  expect((await tool.getWorkers()).map(({ name }) => name)).toEqual(['runs']);
  release.resolve();
  await expect.poll(() => tool.getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 });
});

it('starts nothing while an operator has paused the queue, and goes on when it is resumed', async () => {
  const { tool, add, consume, started, queue } = open();
  await tool.pause();
  consume();
  await add(3);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(started).toEqual([]);
  // Nor may a worker think that it is wedged.
  expect(await queue.counts()).toMatchObject({ waiting: 1 });
  expect(await queue.takeable()).toBe(0);
  await tool.resume();
  await expect.poll(() => started.length).toBe(3);
});

it('has no more runs active than the global concurrency that an operator has set', async () => {
  const { tool, add, consume, started, release } = open();
  await tool.setGlobalConcurrency(2);
  await add(6);
  consume();
  consume();
  await expect.poll(() => started.length).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(started).toHaveLength(2);
  release.resolve();
  // At once: nobody waits until BullMQ looks by itself.
  await expect.poll(() => started.length).toBe(6);
});

it('starts the next run at once under a global concurrency of 1, whose workers have one slot each', async () => {
  const { tool, add, consume, started, release } = open({ concurrency: 1 });
  // The end of a run that is given up takes two steps, so a worker that has room has looked, in vain, before it is through.
  release.reject(new Error('no luck'));
  await tool.setGlobalConcurrency(1);
  consume();
  consume();
  consume();
  for (let round = 0; round < 20; round += 1) await add(1);
  await expect.poll(() => started.length, { timeout: 4000 }).toBe(20);
});

it('starts no more runs within a time than the global rate limit that an operator has set', async () => {
  const { tool, add, consume, started, release } = open();
  release.resolve();
  await tool.setGlobalRateLimit(2, 300);
  await add(6);
  consume();
  await expect.poll(() => started.length, { timeout: 10_000 }).toBe(6);
  const times = started.map(({ at }) => at);
  for (let index = 2; index < times.length; index += 1) {
    expect((times[index] ?? 0) - (times[index - 2] ?? 0)).toBeGreaterThan(250);
  }
});

it('leaves the event loop in peace until a rate limit is over, also when the operator has lifted it before', async () => {
  const { tool, add, consume, started, release } = open();
  release.resolve();
  await tool.setGlobalRateLimit(1, 60_000);
  await add(2);
  consume();
  await expect.poll(() => started.length).toBe(1);
  await tool.removeGlobalRateLimit();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = performance.eventLoopUtilization();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
});

it('takes jobs that an operator’s priority puts before others first', async () => {
  const { tool, add, consume, started, queue } = open({ concurrency: 1 });
  await tool.pause();
  const [first] = await add(1);
  const [second] = await add(1);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 2, active: 0 });
  for (const job of await tool.getJobs(['waiting'])) {
    await job.changePriority({ priority: job.id === second ? 1 : 2 });
  }
  consume();
  await tool.resume();
  await expect.poll(() => started[0]?.runId).toBe(second);
  expect(await tool.getJobCounts('prioritized')).toEqual({ prioritized: 1 });
  expect((await tool.getPrioritized()).map(({ id }) => id)).toEqual([first]);
});

it('fails a job that is none of a run, and goes on with the next', async () => {
  const { tool, add, consume, started } = open();
  await tool.add('mail', { to: 'nobody' }, { jobId: 'foreign' });
  const runIds = await add(1);
  consume();
  await expect.poll(() => started.map(({ runId }) => runId)).toEqual(runIds);
  await expect.poll(async () => (await tool.getJob('foreign'))?.getState()).toBe('failed');
  expect(await tool.getJob('foreign')).toMatchObject({
    failedReason: expect.stringContaining('no job of a run'),
  });
});
