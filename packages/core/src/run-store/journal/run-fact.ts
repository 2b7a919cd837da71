import { z } from 'zod';
import { runIdSchema, tenantIdSchema } from '../../ids.ts';
import { runClassSchema } from '../backlog/place.ts';

/** What is known of a run from the moment of its acceptance. */
const originSchema = z.object({
  tenant: tenantIdSchema,
  agent: z.string(),
  runClass: runClassSchema,
  createdMs: z.number(),
});

/** How an attempt went that came to an end. */
const workSchema = z.object({
  worker: z.string(),
  attempt: z.number(),
  /** Between acceptance and the claim. */
  waitedMs: z.number(),
  /** Between acceptance and the first event that a client sees; absent when there was none. */
  firstMs: z.number().optional(),
  /** Between acceptance and the end. */
  totalMs: z.number(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  costUsd: z.number().optional(),
});

/**
 * What the journal keeps of runs; never of what they say. The end of an attempt is told by its worker with all that it knows, one
 * from outside (a cancel, a lost worker) by whoever wrote it, who knows neither origin nor work.
 */
export const runFactSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), id: runIdSchema, origin: originSchema }),
  z.object({
    kind: z.literal('ended'),
    id: runIdSchema,
    reason: z.enum(['completed', 'cancelled', 'failed']),
    /** The code of a failure, or who cancelled. */
    detail: z.string().optional(),
    origin: originSchema.optional(),
    work: workSchema.optional(),
  }),
]);
export type RunFact = z.infer<typeof runFactSchema>;
export type RunOrigin = z.infer<typeof originSchema>;
