import { z } from 'zod';
import type { AgentRequest } from '../request/agent-request.ts';
import type { DirectRequest } from '../request/direct-request.ts';

export const disconnectPolicySchema = z.enum(['cancel', 'continue']);
export type DisconnectPolicy = z.infer<typeof disconnectPolicySchema>;

/** How the client wants its answer: a matter of who writes and encodes it, of which no agent is told. */
export interface AnswerFields {
  /** Whether it is told while it is made. */
  readonly stream?: boolean | undefined;
  readonly stream_options?:
    | { readonly include_usage?: boolean | undefined; readonly include_obfuscation?: boolean | undefined }
    | undefined;
  /** Whether it can be found again as a stored completion. */
  readonly store?: boolean | undefined;
}

/**
 * Only the outline, which costs the same however long a conversation is. Records are written by the API alone, which has
 * held the request to the whole schema and stores what came of it, with defaults filled in. So a field that a later version
 * adds has to be optional for who reads it, and one that comes to mean something else takes another `version`.
 */
const storedChatSchema = z.custom<AgentRequest & AnswerFields>(
  (chat) =>
    typeof chat === 'object' &&
    chat !== null &&
    'model' in chat &&
    typeof chat.model === 'string' &&
    'messages' in chat &&
    Array.isArray(chat.messages),
  'expected a chat request',
);

/** Only its outline as well. What else is in it is for its wire format alone. */
const storedResponseSchema = z.custom<{ readonly input: readonly unknown[] }>(
  (response) =>
    typeof response === 'object' && response !== null && 'input' in response && Array.isArray(response.input),
  'expected a request for a Response',
);

const storedDirectSchema = z.custom<DirectRequest>(
  (direct) => typeof direct === 'object' && direct !== null && 'endpoint' in direct,
  'expected a direct request',
);

/**
 * What a run's record keeps of the request: enough for any worker to run it and for any replica to encode it again,
 * byte for byte. `version` lets a newer worker read what an older API wrote.
 */
export const runRequestSchema = z.object({
  /** See `versionOf`. */
  version: z.union([z.literal(1), z.literal(2)]),
  /** What workers run, whatever the wire format. Of a kept Response its messages are left out once the run has ended. */
  chat: storedChatSchema,
  /** Set when it was asked for as a Response: what is encoded again, and its own input, without what it goes on from. */
  response: storedResponseSchema.optional(),
  /** Set when the model itself was asked: then `chat` has no messages, and no agent loop runs. */
  direct: storedDirectSchema.optional(),
  /** Whether progress events were asked for (`X-Calute-Events: 1`). */
  showEvents: z.boolean().default(false),
  /** What becomes of the run when whoever follows it last has left. Absent in what older versions wrote: `cancel`. */
  onDisconnect: disconnectPolicySchema.optional(),
  /** How long one attempt may take, beside the deadline of the run; absent: until then. */
  attemptTimeoutMs: z.number().int().positive().optional(),
  /** The span of the request that the run was made for; absent where tracing is off. */
  traceparent: z.string().optional(),
});
export type RunRequest = z.infer<typeof runRequestSchema>;

/** What is asked of the model itself. */
export interface AskedDirectly extends Pick<RunRequest, 'chat'> {
  readonly direct: DirectRequest;
}

/** The version of a record of this request: workers that do not know direct runs cannot read one. */
export function versionOf({ direct }: Pick<RunRequest, 'direct'>): RunRequest['version'] {
  return direct === undefined ? 1 : 2;
}
