import { z } from 'zod';

/** How many model calls one run may make when the agent does not say. */
const defaultMaxSteps = 16;
/** How often one run may pass from agent to agent when the agent does not say. */
const defaultMaxHandoffs = 8;
/** Far beyond any deadline, and well within what a timer can hold. */
const maxDurationMs = 86_400_000;

const price = z.number().nonnegative();

/** Of one tool or one run; a timer that is asked for more than 2^31 ms would fire at once. */
export const durationMsSchema = z.number().int().min(1).max(maxDurationMs);

export const limitsSchema = z
  .strictObject({
    maxSteps: z.number().int().min(1).max(1000).default(defaultMaxSteps),
    maxHandoffs: z.number().int().min(1).max(1000).default(defaultMaxHandoffs),
    maxOutputTokens: z.number().int().min(1).optional(),
    maxDurationMs: durationMsSchema.optional(),
    maxCostUsd: z.number().positive().optional(),
  })
  .prefault({});

export const pricesSchema = z.strictObject({
  inputPerMillion: price,
  outputPerMillion: price,
  cachedInputPerMillion: price.optional(),
});
