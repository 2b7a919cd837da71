import { z } from 'zod';

const progressSchema = z.looseObject({
  event: z.string().optional(),
  name: z.string().optional(),
  ok: z.boolean().optional(),
  duration_ms: z.number().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  position: z.number().optional(),
  wait_ms: z.number().optional(),
  agent: z.string().optional(),
  task: z.string().optional(),
  tasks: z.array(z.looseObject({ task: z.string().optional(), agent: z.string().optional() })).optional(),
  round: z.number().optional(),
  approved: z.boolean().optional(),
  score: z.number().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

const usageSchema = z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() });

/** One chunk of a streamed answer; a delta keeps fields that are not known here, because some go back with the next request. */
export const chunkSchema = z.looseObject({
  id: z.string(),
  model: z.string().optional(),
  choices: z.array(
    z.looseObject({
      index: z.number().optional(),
      delta: z.record(z.string(), z.unknown()).default({}),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usageSchema.nullish(),
  calute: progressSchema.optional(),
});
export type Chunk = z.infer<typeof chunkSchema>;

/** An error in the place of a chunk. */
export const streamErrorSchema = z.object({
  error: z.object({ message: z.string(), code: z.string().nullish() }),
});
