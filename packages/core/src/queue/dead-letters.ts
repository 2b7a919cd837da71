import { z } from 'zod';
import { type RunId, runIdSchema, tenantIdSchema } from '../ids.ts';
import { runRequestSchema } from '../runs/run-request.ts';

/** What is kept of a run that was given up, so that it can be looked at and sent again after the run has expired. */
export const deadLetterContentSchema = z.object({ tenant: tenantIdSchema, request: runRequestSchema });
export type DeadLetterContent = z.infer<typeof deadLetterContentSchema>;

/** As it stands in its job. */
export const deadRunSchema = z.object({
  runId: runIdSchema,
  /** How often a worker began it. */
  executions: z.number(),
  reason: z.string(),
  /** Absent when the run had already vanished from the store. */
  content: deadLetterContentSchema.optional(),
});
export type DeadRun = z.infer<typeof deadRunSchema>;

/** A run whose workers died under it too often, or that met a bug of the worker. */
export interface DeadLetter extends DeadRun {
  readonly failedAtMs: number;
}

/** The runs that were given up, for 7 days and the last 10,000 of them. Throws CaluteError `store_unavailable`. */
export interface DeadLetters {
  /** The latest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  find(runId: RunId): Promise<DeadLetter | undefined>;
  remove(runId: RunId): Promise<void>;
  close(): Promise<void>;
}
