import { z } from 'zod';
import { metadataSchema } from '../metadata.ts';
import { optional, optionalList } from '../optional.ts';
import type { InputItem } from './input-item.ts';

const name = z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -');

const functionToolSchema = z.object({
  type: z.literal('function'),
  name,
  description: optional(z.string()),
  parameters: optional(z.record(z.string(), z.unknown())),
  strict: optional(z.boolean()),
});

const customToolSchema = z.object({
  type: z.literal('custom'),
  name,
  description: optional(z.string()),
  format: optional(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('grammar'), syntax: z.string(), definition: z.string() }),
    ]),
  ),
});

const namespaceSchema = z.object({
  type: z.literal('namespace'),
  name,
  description: optional(z.string()),
  tools: z.array(z.discriminatedUnion('type', [functionToolSchema, customToolSchema])).max(128),
});

/** What a client runs itself. */
const toolSchema = z.discriminatedUnion('type', [functionToolSchema, customToolSchema, namespaceSchema]);
const chosenToolSchema = z.object({
  type: z.enum(['function', 'custom']),
  name: z.string(),
  namespace: optional(z.string()),
});

const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  chosenToolSchema,
  z.object({
    type: z.literal('allowed_tools'),
    mode: z.enum(['auto', 'required']).default('auto'),
    tools: z.array(chosenToolSchema),
  }),
]);

const formatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name,
    description: optional(z.string()),
    schema: optional(z.record(z.string(), z.unknown())),
    strict: optional(z.boolean()),
  }),
]);

/** More items than this in one request are refused; those that it goes on from are not counted. */
const maxItems = 4096;
const penalty = optional(z.number().min(-2).max(2));
const summarySchema = z.enum(['auto', 'concise', 'detailed']);

/**
 * The body of `POST /v1/responses`, but for the items of its input, which `parseResponseRequest` looks at one by one. Null
 * equals absent; unknown keys are tolerated and dropped. Source: OpenAI's OpenAPI document, and Open Responses for the penalties.
 */
export const responseRequestSchema = z.object({
  model: z.string().min(1).max(256),
  input: optional(z.union([z.string(), z.array(z.record(z.string(), z.unknown())).max(maxItems)])),
  instructions: optional(z.string()),
  previous_response_id: optional(z.string().min(1).max(128)),
  conversation: optional(z.union([z.string(), z.object({ id: z.string() })])).transform((conversation) =>
    typeof conversation === 'object' ? conversation.id : conversation,
  ),
  stream: optional(z.boolean()),
  background: optional(z.boolean()),
  store: optional(z.boolean()),
  include: optionalList(z.array(z.string()).max(32)),
  tools: optionalList(z.array(toolSchema).max(128)),
  tool_choice: optional(toolChoiceSchema),
  parallel_tool_calls: optional(z.boolean()),
  max_tool_calls: optional(z.number().int().min(1)),
  text: optional(
    z.object({ format: optional(formatSchema), verbosity: optional(z.enum(['low', 'medium', 'high'])) }),
  ),
  reasoning: optional(
    z.object({
      effort: optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
      summary: optional(summarySchema),
      generate_summary: optional(summarySchema),
    }),
  ),
  truncation: optional(z.enum(['auto', 'disabled'])),
  max_output_tokens: optional(z.number().int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  presence_penalty: penalty,
  frequency_penalty: penalty,
  top_logprobs: optional(z.number().int().min(0).max(20)),
  metadata: optional(metadataSchema),
  service_tier: optional(z.enum(['auto', 'default', 'flex', 'scale', 'priority'])),
  user: optional(z.string()),
  safety_identifier: optional(z.string()),
  prompt_cache_key: optional(z.string()),
});

/** A request for a Response. Its input is what was sent with it, not what it goes on from. */
export interface ResponseRequest extends Omit<z.infer<typeof responseRequestSchema>, 'input'> {
  readonly input: readonly InputItem[];
}

/** What the answer repeats of its request. */
export type ResponseEcho = Omit<ResponseRequest, 'input'>;
