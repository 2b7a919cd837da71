import { CaluteError } from '../errors.ts';
import { type ChatRequest, type ProviderParameter, providerParameters } from './chat-request.ts';

type Holds = (request: ChatRequest) => boolean;

/**
 * Values that ask for nothing that would not happen anyway, so that any provider honours them. `user` asks nothing of
 * the provider: agents read it as part of their instructions' context.
 */
const noOps: Readonly<Partial<Record<ProviderParameter, Holds>>> = {
  parallel_tool_calls: (request) => request.parallel_tool_calls === true,
  response_format: (request) => request.response_format?.type === 'text',
  logprobs: ({ logprobs }) => logprobs === false,
  logit_bias: ({ logit_bias }) => Object.keys(logit_bias ?? {}).length === 0,
  verbosity: ({ verbosity }) => verbosity === 'medium',
  modalities: ({ modalities }) => modalities?.every((modality) => modality === 'text') === true,
  user: () => true,
  // The backlog honours it.
  service_tier: () => true,
  suppress_tokens: ({ suppress_tokens }) => suppress_tokens?.length === 0,
  chat_template_kwargs: (request) => Object.keys(request.chat_template_kwargs ?? {}).length === 0,
};

interface Refusal {
  readonly param: keyof ChatRequest;
  readonly applies: Holds;
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

/** The first parameter of the request that asks for something which a provider that honours `accepts` would not do. */
export function findUnsupported(
  request: ChatRequest,
  accepts: Pick<ReadonlySet<ProviderParameter>, 'has'>,
): ProviderParameter | undefined {
  return providerParameters.find((name) => asksForMore(request, name) && !accepts.has(name));
}

function asksForMore(request: ChatRequest, name: ProviderParameter): boolean {
  return request[name] !== undefined && noOps[name]?.(request) !== true;
}
