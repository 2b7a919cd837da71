import { z } from 'zod';

const penalty = z.number().min(-2).max(2);
/** What `sampling` of an agent file takes. */
export const samplingSchema = z.strictObject({
  maxTokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().min(-1).optional(),
  minP: z.number().min(0).max(1).optional(),
  stop: z.array(z.string().min(1)).max(4).optional(),
  presencePenalty: penalty.optional(),
  frequencyPenalty: penalty.optional(),
  repetitionPenalty: z.number().positive().max(10).optional(),
});

export const samplingNameSchema = samplingSchema.keyof();

/** What `allowOverrides` takes. */
export const overridesSchema = z.union([z.boolean(), z.array(samplingNameSchema)], {
  error: `expected true, false or a list of any of ${samplingNameSchema.options.join(', ')}`,
});
