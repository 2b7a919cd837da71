import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createGate } from '../gate.ts';
import { runIdSchema } from '../ids.ts';
import { within } from '../within.ts';
import { queueName } from './bullmq-run-queue.ts';
import type { RunConsumer, RunHandler } from './run-queue.ts';

export interface RunConsumerOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly handler: RunHandler;
  onError(error: Error): void;
}

/**
 * How fast the runs of a dead worker come to another one: its locks last `lockMs`, and are looked at every
 * `stalledCheckMs`. Shorter locks make a worker that merely pauses lose its runs.
 */
const lockMs = 10_000;
const stalledCheckMs = 2_000;

/** Before a run that was passed on is given out again: this worker may be the one that gets it. */
const passOnMs = 500;

/** A run whose worker died under it twice is not tried a third time. */
const maxStalledCount = 1;

/** The consumer on a BullMQ Worker; starts to take runs at once. */
export function createBullMqRunConsumer(options: RunConsumerOptions): RunConsumer {
  const { redis, prefix, concurrency, handler, onError } = options;
  let active = 0;
  let paused = false;
  const idle = createGate();

  const process = async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
    const runId = runIdSchema.parse(job.id);
    active += 1;
    try {
      // A fetch that was under way when the worker was paused still brings a run.
      const handled = paused
        ? 'handed-back'
        : await handler.handle(runId, signal ?? new AbortController().signal);
      if (handled === 'handed-back') {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (handled === 'passed-on') {
        await job.moveToDelayed(Date.now() + passOnMs, token);
        throw new DelayedError();
      }
    } finally {
      active -= 1;
      if (active === 0) idle.open();
    }
  };
  const worker = new Worker(queueName, (job, token, signal) => process(job, token, signal), {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    maxStalledCount,
    maxStartedAttempts: 50, // handing back counts as a start, and is no fault of the run
    runRetryDelay: 1000,
    skipVersionCheck: true,
  });
  worker.on('error', onError);
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock lost');
  });
  worker.on('failed', (job, error) => {
    if (job) bury(handler, job, error).catch(onError);
  });
  return {
    get active() {
      return active;
    },
    pause() {
      paused = true;
      worker.pause(true).catch(onError);
    },
    idle: async () => {
      while (active > 0) await idle.wait();
    },
    async close(boundMs) {
      // A run that is done is still to be taken off the queue; but without Redis BullMQ waits for that for ever.
      await within(boundMs, worker.close(active > 0).catch(onError));
    },
  };
}

/** The run record expires soon; what stays in the job is for a person who wants to know, or to try again. */
async function bury(handler: RunHandler, job: Job, error: Error): Promise<void> {
  const runId = runIdSchema.safeParse(job.id);
  if (!runId.success) return;
  const content = await handler.abandon(runId.data, error);
  if (content) await job.updateData(content);
}
