import { CaluteError } from '../errors.ts';
import { findUnsupported, type ProviderParameter } from '../request/provider-fields.ts';
import type { ChatRequest } from './chat-request.ts';

interface Refusal {
  readonly param: keyof ChatRequest;
  readonly applies: (request: ChatRequest) => boolean;
  readonly message: string;
  readonly code: 'invalid_request' | 'unsupported_parameter';
}

/** What no agent here does, whatever its provider can, and combinations that OpenAI refuses as well. */
const refusals: readonly Refusal[] = [
  {
    param: 'tools',
    applies: ({ tools }) => tools?.some((tool) => tool.type === 'custom') === true,
    message: 'Custom tools are not supported; declare a tool of type "function".',
    code: 'unsupported_parameter',
  },
  {
    param: 'tool_choice',
    applies: ({ tool_choice }) => typeof tool_choice === 'object' && tool_choice.type === 'custom',
    message: 'Custom tools are not supported; choose a tool of type "function".',
    code: 'unsupported_parameter',
  },
  {
    param: 'stream_options',
    applies: ({ stream, stream_options }) => stream_options !== undefined && stream !== true,
    message: 'The "stream_options" parameter is only allowed when "stream" is true.',
    code: 'invalid_request',
  },
  {
    param: 'top_logprobs',
    applies: ({ logprobs, top_logprobs }) => top_logprobs !== undefined && logprobs !== true,
    message: 'The "top_logprobs" parameter is only allowed when "logprobs" is true.',
    code: 'invalid_request',
  },
];

const replacements: Readonly<Partial<Record<ProviderParameter, string>>> = {
  functions: 'use "tools"',
  function_call: 'use "tool_choice"',
};

/**
 * Throws for the first parameter that would otherwise be dropped in silence, naming it as `param`: one that no agent
 * honours, or one whose value asks for something that the provider of this agent does not accept.
 */
export function checkSupported(
  request: ChatRequest,
  agent: { readonly id: string; readonly accepts: readonly ProviderParameter[] },
): void {
  const refusal = refusals.find(({ applies }) => applies(request));
  if (refusal !== undefined) throw new CaluteError(refusal.code, refusal.message, { param: refusal.param });

  const param = findUnsupported(request, { has: (name) => agent.accepts.includes(name) });
  if (param === undefined) return;
  throw new CaluteError(
    'unsupported_parameter',
    `The model "${agent.id}" does not support "${param}"; ${replacements[param] ?? 'leave it out'}.`,
    { param },
  );
}
