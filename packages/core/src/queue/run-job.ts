import { z } from 'zod';
import { runIdSchema } from '../ids.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';

export const queueName = 'runs';
export const jobName = 'run';

/** What a job carries: the run store has the rest. A run that was given up leaves its request for a person to look at. */
export const runJobSchema = z.object({ runId: runIdSchema, epoch: z.number() });
export type RunJob = z.infer<typeof runJobSchema>;

/** Runs that failed for good are kept so long, and no more of them. */
const deadLetters = { age: 7 * 24 * 3600, count: 10_000 };

export const jobOptions = { removeOnComplete: true, removeOnFail: deadLetters, stackTraceLimit: 1 } as const;

/** The run's id, and from its second attempt on the epoch: the job of a dead worker may still be there. */
export function toJobId({ runId, epoch }: OfferedRun): string {
  return epoch === 0 ? runId : `${runId}-${epoch}`;
}
