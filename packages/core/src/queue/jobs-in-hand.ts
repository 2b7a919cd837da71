import type { Queue } from 'bullmq';
import { createGate } from '../async/gate.ts';
import { runIdSchema } from '../ids.ts';
import type { JobLocks, LockedJob } from './job-locks.ts';
import { buryJob, returnJob } from './return-job.ts';
import type { HandledRun, RunHandler } from './run-queue.ts';
import type { TakenJob } from './taken-job.ts';

/** The jobs that a worker has in hand, from when it gets one until somebody else may have it. */
export interface JobsInHand {
  readonly count: number;
  /** Has a job's run handled, and gives it back unless it is done. Never throws. */
  take(taken: TakenJob): Promise<void>;
  /** Gives every further job back. */
  refuse(): void;
  /** Resolves at the next change of `count`. */
  changed(): Promise<void>;
}

export interface JobsInHandParts {
  readonly queue: Queue;
  readonly locks: JobLocks;
  readonly handler: RunHandler;
  /** A job is done, and there is room for another one. */
  onDone(job: LockedJob): void;
  onError(error: unknown): void;
}

/** Handing back counts as a start, and is no fault of the run. */
const maxStarts = 50;

export function createJobsInHand({ queue, locks, handler, onDone, onError }: JobsInHandParts): JobsInHand {
  let count = 0;
  let refusing = false;
  const changed = createGate();
  return {
    get count() {
      return count;
    },
    async take(taken) {
      const { job } = taken;
      const { signal, release } = locks.hold(job);
      count += 1;
      let handled: HandledRun | undefined;
      try {
        // What was under way when the worker was paused still comes.
        handled = refusing ? 'handed-back' : await handle(handler, taken, signal);
        if (handled !== 'done') await returnJob(queue, job, handled);
      } catch (error) {
        await buryJob({ queue, handler }, job, toError(error)).catch(onError);
      } finally {
        release();
        count -= 1;
        changed.open();
      }
      if (handled === 'done') onDone(job);
    },
    refuse() {
      refusing = true;
    },
    changed: () => changed.wait(),
  };
}

/** A run that is over, or that nobody knows any more, only has to be taken off the queue. */
async function handle(
  handler: RunHandler,
  { job, claim }: TakenJob,
  signal: AbortSignal,
): Promise<HandledRun> {
  if (claim.outcome === 'doomed') throw new Error(claim.reason);
  if (job.starts > maxStarts) throw new Error(`The run was given out more than ${maxStarts} times.`);
  if (claim.outcome !== 'claimed') return 'done';
  return await handler.handle({ runId: runIdSchema.parse(job.id), claim }, signal);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
