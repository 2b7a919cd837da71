import { z } from 'zod';
import { samplingNameSchema } from '../agent/sampling-schema.ts';
import { endpoints } from '../request/direct-request.ts';
import { providerParameters } from '../request/provider-fields.ts';

/** What workers announce of an agent: all that the API, which holds no agent code, has to know of it. */
export const agentDescriptorSchema = z.object({
  id: z.string(),
  /** Which provider parameters its model honours. */
  accepts: z.array(z.enum(providerParameters)),
  /** Whether a request's sampling values replace the agent's own. */
  canOverrideSamplings: z.boolean(),
  /** Which of them, where it is not all or none. */
  allowOverrides: z.array(samplingNameSchema).optional(),
  /** What it may be asked for. Absent, as in what older versions announce: chats. */
  serves: z.array(z.enum(endpoints)).optional(),
});
export type AgentDescriptor = z.infer<typeof agentDescriptorSchema>;
