import { z } from 'zod';
import { runIdSchema } from '../ids.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import { deadRunSchema } from './dead-letters.ts';

export const queueName = 'runs';
export const jobName = 'run';

/**
 * What a job carries: the run store has the rest. One job hands over the runs that were offered at the same moment. Those that were
 * given up leave what they were for a person to look at.
 */
export const runJobSchema = z.object({
  runs: z.array(z.object({ runId: runIdSchema, epoch: z.number() })),
  dead: z.array(deadRunSchema).optional(),
});
export type RunJob = z.infer<typeof runJobSchema>;

/** Jobs that failed for good are kept so long, and no more of them. */
const deadLetters = { age: 7 * 24 * 3600, count: 10_000 };

export const jobOptions = { removeOnComplete: true, removeOnFail: deadLetters, stackTraceLimit: 1 } as const;

/** The id of its first run, and from the second attempt on the epoch: the job of a dead worker may still be there. */
export function toJobId([first]: readonly [OfferedRun, ...OfferedRun[]]): string {
  return first.epoch === 0 ? first.runId : `${first.runId}-${first.epoch}`;
}
