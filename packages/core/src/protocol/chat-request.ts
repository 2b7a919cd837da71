import { z } from 'zod';
import type { SamplingParameter } from '../request/agent-request.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { chatMessageSchema } from './chat-message.ts';
import { metadataOf, metadataTextSchema } from './metadata.ts';
import { optional, optionalList } from './optional.ts';

/** More choices than this in one request are refused: each is a whole run of the agent. */
const maxChoices = 8;
/** More messages than this in one request are refused. */
const maxMessages = 2048;

const functionSchema = z.object({
  name: z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -'),
  description: optional(z.string()),
  parameters: optional(z.record(z.string(), z.unknown())),
  strict: optional(z.boolean()),
});
const functionToolSchema = z.object({ type: z.literal('function'), function: functionSchema });
const customToolSchema = z.object({
  type: z.literal('custom'),
  custom: z.looseObject({ name: z.string().min(1) }),
});
const toolSchema = z.discriminatedUnion('type', [functionToolSchema, customToolSchema]);

const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
  z.object({ type: z.literal('custom'), custom: z.object({ name: z.string() }) }),
  z.object({
    type: z.literal('allowed_tools'),
    allowed_tools: z.object({
      mode: z.enum(['auto', 'required']),
      tools: z.array(z.record(z.string(), z.unknown())),
    }),
  }),
]);

const responseFormatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/),
      description: optional(z.string()),
      schema: optional(z.record(z.string(), z.unknown())),
      strict: optional(z.boolean()),
    }),
  }),
]);

const tokenCount = z.number().int().min(1);
const penalty = z.number().min(-2).max(2);

const samplingFields = {
  max_tokens: optional(tokenCount),
  max_completion_tokens: optional(tokenCount),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.number().int().min(-1)),
  min_p: optional(z.number().min(0).max(1)),
  stop: optionalList(z.union([z.string(), z.array(z.string()).max(4)])),
  presence_penalty: optional(penalty),
  frequency_penalty: optional(penalty),
  repetition_penalty: optional(z.number().positive().max(10)),
} satisfies Record<SamplingParameter, z.ZodType>;

const providerFields = {
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(responseFormatSchema),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.number().int().min(0).max(20)),
  logit_bias: optional(z.record(z.string(), z.number().min(-100).max(100))),
  seed: optional(z.number().int()),
  reasoning_effort: optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
  verbosity: optional(z.enum(['low', 'medium', 'high'])),
  service_tier: optional(z.enum(['auto', 'default', 'flex', 'scale', 'priority'])),
  prediction: optional(z.looseObject({ type: z.literal('content') })),
  modalities: optional(z.array(z.enum(['text', 'audio'])).min(1)),
  audio: optional(z.record(z.string(), z.unknown())),
  web_search_options: optional(z.record(z.string(), z.unknown())),
  user: optional(z.string()),
  safety_identifier: optional(z.string()),
  prompt_cache_key: optional(z.string()),
  functions: optionalList(z.array(functionSchema).max(128)),
  function_call: optional(z.union([z.enum(['none', 'auto']), z.object({ name: z.string() })])),
  suppress_tokens: optional(z.array(z.number().int())),
  chat_template_kwargs: optional(z.record(z.string(), z.unknown())),
} satisfies Record<ProviderParameter, z.ZodType>;

/** What a chat asks for: of an agent, and of who answers. */
export type ChatRequest = RunRequest['chat'];

/**
 * The body of `POST /v1/chat/completions`. Null equals absent; unknown keys are tolerated and dropped.
 * Source: OpenAI's OpenAPI document 2.3.0, plus top_k, min_p, repetition_penalty, suppress_tokens and chat_template_kwargs.
 */
export const chatRequestSchema = z.object({
  model: z.string().min(1).max(256),
  messages: z.array(chatMessageSchema).min(1).max(maxMessages),
  stream: optional(z.boolean()),
  stream_options: optional(
    z.object({ include_usage: optional(z.boolean()), include_obfuscation: optional(z.boolean()) }),
  ),
  store: optional(z.boolean()),
  // OpenAI takes texts alone; clients of the Python Calute send booleans.
  metadata: optional(metadataOf(z.union([metadataTextSchema, z.boolean().transform(String)]))),
  tools: optionalList(z.array(toolSchema).max(128)),
  tool_choice: optional(toolChoiceSchema),
  // An extension, and a key of a Response. So is `truncation`.
  max_tool_calls: optional(z.number().int().min(1)),
  truncation: optional(z.enum(['auto', 'disabled'])),
  ...samplingFields,
  n: optional(z.number().int().min(1).max(maxChoices)),
  ...providerFields,
}) satisfies z.ZodType<ChatRequest>;
