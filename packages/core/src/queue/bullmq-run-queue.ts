import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { gatherCalls } from '../async/gather-calls.ts';
import { orStoreError } from '../redis/store-error.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import { jobName, jobOptions, queueName, type RunJob, toJobId } from './run-job.ts';
import type { AddOptions, RunQueue } from './run-queue.ts';

/** The queue on BullMQ; what is added within one turn goes in one transaction. */
export function createBullMqRunQueue(redis: Redis, prefix: string): RunQueue {
  const queue = new Queue<RunJob>(queueName, {
    connection: redis,
    prefix,
    defaultJobOptions: jobOptions,
    // Nobody listens to BullMQ's own event stream here.
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const add = gatherCalls(async (jobs: readonly ReturnType<typeof toJob>[]) => {
    const [only] = jobs;
    if (only && jobs.length === 1) await orStoreError(queue.add(only.name, only.data, only.opts));
    else await orStoreError(queue.addBulk([...jobs]));
  });
  return {
    add: (run, options) => add(toJob(run, options)),
    remove: async (runId) => void (await orStoreError(queue.remove(runId))),
    counts: async () => {
      const counts = await orStoreError(queue.getJobCounts('waiting', 'prioritized', 'active'));
      const { waiting = 0, prioritized = 0, active = 0 } = counts;
      return { waiting: waiting + prioritized, active };
    },
    close: () => queue.close(),
  };
}

function toJob({ runId, epoch }: OfferedRun, { inFront = false, afterMs = 0 }: AddOptions = {}) {
  const opts = {
    jobId: toJobId({ runId, epoch }),
    ...(inFront ? { lifo: true } : {}),
    ...(afterMs > 0 ? { delay: afterMs } : {}),
  };
  return { name: jobName, data: { runId, epoch }, opts };
}
