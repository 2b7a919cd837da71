import type { FunctionDescription } from './client-tool.ts';

/** What an answer has to be. */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly json_schema: {
        readonly name: string;
        readonly description?: string | undefined;
        readonly schema?: Readonly<Record<string, unknown>> | undefined;
        readonly strict?: boolean | undefined;
      };
    };

/** What is asked of the agent's model provider: it honours each of them, or the request is refused. */
export interface ProviderFields {
  readonly parallel_tool_calls?: boolean | undefined;
  readonly response_format?: ResponseFormat | undefined;
  readonly logprobs?: boolean | undefined;
  readonly top_logprobs?: number | undefined;
  readonly logit_bias?: Readonly<Record<string, number>> | undefined;
  readonly seed?: number | undefined;
  readonly reasoning_effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined;
  readonly verbosity?: 'low' | 'medium' | 'high' | undefined;
  readonly service_tier?: 'auto' | 'default' | 'flex' | 'scale' | 'priority' | undefined;
  readonly prediction?: { readonly type: 'content'; readonly [field: string]: unknown } | undefined;
  readonly modalities?: readonly ('text' | 'audio')[] | undefined;
  readonly audio?: Readonly<Record<string, unknown>> | undefined;
  readonly web_search_options?: Readonly<Record<string, unknown>> | undefined;
  readonly user?: string | undefined;
  readonly safety_identifier?: string | undefined;
  readonly prompt_cache_key?: string | undefined;
  readonly functions?: readonly FunctionDescription[] | undefined;
  readonly function_call?: 'none' | 'auto' | { readonly name: string } | undefined;
  readonly suppress_tokens?: readonly number[] | undefined;
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>> | undefined;
}

/** In this order they are looked at, and the first fault is told. */
export const providerParameters = [
  'parallel_tool_calls',
  'response_format',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'seed',
  'reasoning_effort',
  'verbosity',
  'service_tier',
  'prediction',
  'modalities',
  'audio',
  'web_search_options',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'functions',
  'function_call',
  'suppress_tokens',
  'chat_template_kwargs',
] as const satisfies readonly (keyof ProviderFields)[];
export type ProviderParameter = (typeof providerParameters)[number];

/**
 * Values that ask for nothing that would not happen anyway, so that any provider honours them. `user` asks nothing of
 * the provider: agents read it as part of their instructions' context.
 */
const noOps: Readonly<Partial<Record<ProviderParameter, (request: ProviderFields) => boolean>>> = {
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

/** The first parameter of the request that asks for something which a provider that honours `accepts` would not do. */
export function findUnsupported(
  request: ProviderFields,
  accepts: Pick<ReadonlySet<ProviderParameter>, 'has'>,
): ProviderParameter | undefined {
  return providerParameters.find((name) => asksForMore(request, name) && !accepts.has(name));
}

function asksForMore(request: ProviderFields, name: ProviderParameter): boolean {
  return request[name] !== undefined && noOps[name]?.(request) !== true;
}
