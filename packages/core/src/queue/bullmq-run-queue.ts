import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { toStoreError } from '../redis/store-error.ts';
import type { RunQueue } from './run-queue.ts';

export const queueName = 'runs';

/** Runs that failed for good are kept so long, and no more of them, for a person to look at. */
const deadLetters = { age: 7 * 24 * 3600, count: 10_000 };

/**
 * The queue on BullMQ. A job carries nothing but its id: the run log has the rest. A completed job is removed at once;
 * should it be added again, the run log answers that the run is over.
 */
export function createBullMqRunQueue(redis: Redis, prefix: string): RunQueue {
  const queue = new Queue(queueName, {
    connection: redis,
    prefix,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: deadLetters, attempts: 1, stackTraceLimit: 1 },
    // Nobody listens to BullMQ's own event stream here.
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  return {
    add: (runId) => attempt(async () => void (await queue.add('run', null, { jobId: runId }))),
    remove: (runId) => attempt(async () => void (await queue.remove(runId))),
    missing: (runIds) =>
      attempt(async () => {
        const jobs = await Promise.all(runIds.map((runId) => queue.getJob(runId)));
        return runIds.filter((_, index) => jobs[index] === undefined);
      }),
    counts: () =>
      attempt(async () => {
        const {
          waiting = 0,
          active = 0,
          prioritized = 0,
        } = await queue.getJobCounts('waiting', 'active', 'prioritized');
        return { waiting: waiting + prioritized, active };
      }),
    close: () => queue.close(),
  };
}

async function attempt<Result>(command: () => Promise<Result>): Promise<Result> {
  try {
    return await command();
  } catch (error) {
    throw toStoreError(error);
  }
}
