import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, runIdSchema, tenantIdSchema } from '../ids.ts';
import { orStoreError } from '../redis/store-error.ts';
import { runRequestSchema } from '../runs/run-request.ts';
import { queueName } from './bullmq-run-queue.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** BullMQ's set of failed jobs; the consumer puts the content into the job when it gives a run up. */
export function createBullMqDeadLetters(redis: Redis, prefix: string): DeadLetters {
  const queue = new Queue(queueName, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const find = async (runId: RunId) => {
    const job = await orStoreError(queue.getJob(runId));
    return job?.failedReason === undefined ? undefined : toDeadLetter(job);
  };
  return {
    list: async (limit) =>
      (await orStoreError(queue.getFailed(0, limit - 1))).flatMap((job) => toDeadLetter(job) ?? []),
    find,
    remove: async (runId) => void (await orStoreError(queue.remove(runId))),
    close: () => queue.close(),
  };
}

const contentSchema = z.object({ tenant: tenantIdSchema, request: runRequestSchema });

function toDeadLetter(job: Job): DeadLetter | undefined {
  const runId = runIdSchema.safeParse(job.id);
  if (!runId.success) return undefined;
  const content = contentSchema.safeParse(job.data);
  return {
    runId: runId.data,
    failedAtMs: job.finishedOn ?? job.timestamp,
    executions: job.attemptsStarted,
    reason: job.failedReason,
    content: content.success ? content.data : undefined,
  };
}
