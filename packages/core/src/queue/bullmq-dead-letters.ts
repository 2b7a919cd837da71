import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RunId } from '../ids.ts';
import { orStoreError } from '../redis/store-error.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { queueName, runJobSchema } from './run-job.ts';

/** BullMQ's set of failed jobs; the consumer puts into a job which of its runs it gives up. */
export function createBullMqDeadLetters(redis: Redis, prefix: string): DeadLetters {
  const queue = new Queue(queueName, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const listAll = async (most?: number) => {
    const jobs = await orStoreError(queue.getFailed(0, most === undefined ? -1 : most - 1));
    return jobs.flatMap((job) => toDeadLetters(job).map((letter) => ({ job, letter })));
  };
  const findAll = async (runId: RunId) => (await listAll()).filter(({ letter }) => letter.runId === runId);
  return {
    list: async (limit) => (await listAll(limit)).slice(0, limit).map(({ letter }) => letter),
    find: async (runId) => (await findAll(runId))[0]?.letter,
    async remove(runId) {
      for (const { job } of await findAll(runId)) await orStoreError(removeFrom(job, runId));
    },
    close: () => queue.close(),
  };
}

async function removeFrom(job: Job, runId: RunId): Promise<void> {
  const { runs, dead = [] } = runJobSchema.parse(job.data);
  const others = dead.filter((run) => run.runId !== runId);
  if (others.length === 0) await job.remove();
  else await job.updateData({ runs, dead: others });
}

function toDeadLetters(job: Job): DeadLetter[] {
  const parsed = runJobSchema.safeParse(job.data);
  const failedAtMs = job.finishedOn ?? job.timestamp;
  return parsed.success ? (parsed.data.dead ?? []).map((run) => ({ ...run, failedAtMs })) : [];
}
