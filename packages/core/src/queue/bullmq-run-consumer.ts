import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createGate } from '../gate.ts';
import { runIdSchema } from '../ids.ts';
import { startPeriodic } from '../periodic.ts';
import { within } from '../within.ts';
import { queueName } from './bullmq-run-queue.ts';
import { createJobLocks } from './job-locks.ts';
import type { HandledRun, RunConsumer, RunHandler } from './run-queue.ts';
import { createStalledCheck } from './stalled-check.ts';

export interface RunConsumerOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly handler: RunHandler;
  onError(error: unknown): void;
}

/**
 * How fast the runs of a dead worker come to another one: its locks last `lockMs` from their last renewal, and are looked at
 * every `stalledCheckMs`. Shorter locks make a worker that merely pauses lose its runs.
 */
const lockMs = 10_000;
const renewMs = 2500;
const stalledCheckMs = 1000;

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

  const process = async (job: Job, token = '') => {
    const runId = runIdSchema.parse(job.id);
    const { signal, release } = locks.hold({ id: runId, token, starts: job.attemptsStarted });
    active += 1;
    try {
      // A fetch that was under way when the worker was paused still brings a run.
      await settleJob(job, token, paused ? 'handed-back' : await handler.handle(runId, signal));
    } finally {
      release();
      active -= 1;
      if (active === 0) idle.open();
    }
  };
  const worker = new Worker(queueName, (job, token) => process(job, token), {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: lockMs,
    skipLockRenewal: true,
    stalledInterval: stalledCheckMs,
    skipStalledCheck: true,
    maxStalledCount,
    maxStartedAttempts: 50, // handing back counts as a start, and is no fault of the run
    runRetryDelay: 1000,
    skipVersionCheck: true,
  });
  const locks = createJobLocks({ redis, toKey: worker.toKey, lockMs });
  const checkStalled = createStalledCheck({ redis, worker, looksKey: `${prefix}:looks` });
  const rounds = [
    startPeriodic({ everyMs: renewMs, round: locks.renew, onError }),
    startPeriodic({ everyMs: stalledCheckMs, round: checkStalled, onError }),
  ];
  worker.on('error', onError);
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
      const closed = worker.close(active > 0).catch(onError);
      await within(boundMs, Promise.all([closed, ...rounds.map((round) => round.stop())]));
    },
  };
}

/** Gives a job back that is not done; BullMQ wants to hear of it by an error as well. */
async function settleJob(job: Job, token: string, handled: HandledRun): Promise<void> {
  switch (handled) {
    case 'done':
      return;
    case 'handed-back':
      await job.moveToWait(token);
      throw new WaitingError();
    case 'passed-on':
      await job.moveToDelayed(Date.now() + passOnMs, token);
      throw new DelayedError();
  }
}

/** The run record expires soon; what stays in the job is for a person who wants to know, or to try again. */
async function bury(handler: RunHandler, job: Job, error: Error): Promise<void> {
  const runId = runIdSchema.safeParse(job.id);
  if (!runId.success) return;
  const content = await handler.abandon(runId.data, error);
  if (content) await job.updateData(content);
}
