import { z } from 'zod';
import { chatRequestSchema } from '../protocol/chat-request.ts';

export const disconnectPolicySchema = z.enum(['cancel', 'continue']);
export type DisconnectPolicy = z.infer<typeof disconnectPolicySchema>;

/**
 * What a run's record keeps of the request: enough for any worker to run it and for any replica to encode it again,
 * byte for byte. `version` lets a newer worker read what an older API wrote.
 */
export const runRequestSchema = z.object({
  version: z.literal(1),
  chat: chatRequestSchema,
  /** Whether progress events were asked for (`X-Calute-Events: 1`). */
  showEvents: z.boolean().default(false),
  /** What becomes of the run when whoever follows it last has left. Absent in what older versions wrote: `cancel`. */
  onDisconnect: disconnectPolicySchema.optional(),
});
export type RunRequest = z.infer<typeof runRequestSchema>;
