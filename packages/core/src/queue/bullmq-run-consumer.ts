import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createGate } from '../async/gate.ts';
import { within } from '../async/within.ts';
import { jobName, queueName, runJobSchema } from './run-job.ts';
import { GivenUp, type RunConsumer, type RunHandler, type RunQueue } from './run-queue.ts';

export interface RunConsumerParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly queue: RunQueue;
  readonly handler: RunHandler;
  onError(error: unknown): void;
}

/**
 * BullMQ's own lock on a job and its check for stalled ones only clear away the jobs of dead workers: who holds a run is for its
 * lease to say. So a job that comes again, however often, is taken once more and found to be somebody else's.
 */
const workerOptions = {
  lockDuration: 10_000,
  stalledInterval: 5000,
  maxStalledCount: 1000,
  removeOnComplete: { count: 0 },
} as const;

/** What BullMQ says of a job that it has given out again meanwhile. */
const lostJob = /could not renew lock|Missing (lock|key) for job|Lock mismatch|is not in the active state/i;

/** Takes runs by BullMQ's worker; starts at once. */
export function createBullMqRunConsumer(parts: RunConsumerParts): RunConsumer {
  const { redis, prefix, concurrency, queue, handler, onError } = parts;
  let count = 0;
  let paused = false;
  const changed = createGate();
  const handle = async (job: Job) => {
    const { runId, epoch } = runJobSchema.parse(job.data);
    const handled = await handler({ runId, epoch });
    if (handled.outcome === 'again') await queue.add(handled.run, handled);
  };
  const process = async (job: Job, token?: string) => {
    // A worker that waits for a job still gets one after its pause.
    if (paused) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    count += 1;
    try {
      await handle(job);
    } catch (error) {
      throw await toFinalError(job, error);
    } finally {
      count -= 1;
      changed.open();
    }
  };
  const worker = new Worker(queueName, process, {
    ...workerOptions,
    connection: redis,
    prefix,
    concurrency,
    name: jobName,
    skipVersionCheck: true,
  });
  worker.on('error', (error) => {
    if (!lostJob.test(error.message)) onError(error);
  });
  return {
    get active() {
      return count;
    },
    pause: () => {
      paused = true;
      worker.pause(true).catch(onError);
    },
    idle: async () => {
      while (count > 0) await changed.wait();
    },
    close: async (boundMs) => {
      await within(boundMs, worker.close(count > 0));
    },
  };
}

/** Failed jobs are the dead letters. The run's record expires soon; what stays in the job is for a person who wants to know. */
async function toFinalError(job: Job, error: unknown): Promise<Error> {
  if (error instanceof GivenUp && error.content !== undefined) {
    await job.updateData({ ...job.data, ...error.content });
  }
  return new UnrecoverableError(error instanceof Error ? error.message : String(error));
}
