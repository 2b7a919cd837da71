import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, tenantIdSchema } from '../ids.ts';
import { orStoreError } from '../redis/store-error.ts';
import { runRequestSchema } from '../runs/run-request.ts';

import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { queueName, runJobSchema } from './run-job.ts';

/** BullMQ's set of failed jobs; the consumer puts the content into the job when it gives a run up. */
export function createBullMqDeadLetters(redis: Redis, prefix: string): DeadLetters {
  const queue = new Queue(queueName, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const findJob = async (runId: RunId) => {
    const failed = await orStoreError(queue.getFailed());
    return failed.find((job) => toDeadLetter(job)?.runId === runId);
  };
  return {
    list: async (limit) =>
      (await orStoreError(queue.getFailed(0, limit - 1))).flatMap((job) => toDeadLetter(job) ?? []),
    find: async (runId) => {
      const job = await findJob(runId);
      return job && toDeadLetter(job);
    },
    remove: async (runId) => {
      const job = await findJob(runId);
      if (job?.id !== undefined) await orStoreError(queue.remove(job.id));
    },
    close: () => queue.close(),
  };
}

const contentSchema = z.object({ tenant: tenantIdSchema, request: runRequestSchema });

function toDeadLetter(job: Job): DeadLetter | undefined {
  const run = runJobSchema.safeParse(job.data);
  if (!run.success) return undefined;
  const content = contentSchema.safeParse(job.data);
  return {
    runId: run.data.runId,
    failedAtMs: job.finishedOn ?? job.timestamp,
    executions: run.data.epoch,
    reason: job.failedReason,
    content: content.success ? content.data : undefined,
  };
}
