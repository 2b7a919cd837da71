import { Job, type Queue } from 'bullmq';
import { runIdSchema } from '../ids.ts';
import type { LockedJob } from './job-locks.ts';
import type { HandledRun, RunHandler } from './run-queue.ts';

/** Before a run that was passed on is given out again: this worker may be the one that gets it. */
const passOnMs = 500;

/** Runs that failed for good are kept so long, and no more of them, for a person to look at. */
const deadLetters = { age: 7 * 24 * 3600, count: 10_000 };

/** Gives back a job that is not done, by BullMQ's own scripts: it is rare. */
export async function returnJob(
  queue: Queue,
  { id, token }: LockedJob,
  handled: Exclude<HandledRun, 'done'>,
): Promise<void> {
  const job = await Job.fromId(queue, id);
  if (handled === 'handed-back') await job?.moveToWait(token);
  else await job?.moveToDelayed(Date.now() + passOnMs, token);
}

export interface BuryParts {
  readonly queue: Queue;
  readonly handler: RunHandler;
}

/** The run record expires soon; what stays in the job is for a person who wants to know, or to try again. */
export async function buryJob(
  { queue, handler }: BuryParts,
  { id, token }: LockedJob,
  error: Error,
): Promise<void> {
  const job = await Job.fromId(queue, id);
  if (!job) return;
  Object.assign(job.opts, { removeOnFail: deadLetters, stackTraceLimit: 1 });
  await job.moveToFailed(error, token);
  const content = await handler.abandon(runIdSchema.parse(id), error);
  if (content) await job.updateData(content);
}
