import { z } from 'zod';
import { runEndSchema } from './run-end.ts';

/**
 * One neutral fact of a run, in the order in which it happened. Encoders turn events into OpenAI's shapes;
 * nothing else knows those shapes.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text-delta'),
    text: z.string(),
    /** OpenAI's `logprobs.content` entries of this text, passed through as the upstream sent them. */
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.object({ type: z.literal('reasoning-delta'), text: z.string() }),
  /** A tool call for the client to run; `index` counts them from 0, its arguments follow as deltas. */
  z.object({ type: z.literal('tool-call'), index: z.number().int(), id: z.string(), name: z.string() }),
  z.object({ type: z.literal('tool-call-delta'), index: z.number().int(), arguments: z.string() }),
  /** Always the last event of a run. */
  z.object({ type: z.literal('run-end'), end: runEndSchema }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
