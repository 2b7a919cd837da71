import type { ClientTool } from '../../request/client-tool.ts';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import { toWellFormedJson } from '../messages/well-formed-json.ts';
import type { ModelCall } from '../model-provider.ts';
import { selectTools } from '../select-tools.ts';
import type { Dialect } from './dialect.ts';
import { toOpenAiMessages } from './to-openai-messages.ts';

/**
 * The provider parameters that reach the upstream as the client sent them. Not `n`, `audio`, `modalities` and
 * `web_search_options`, whose answers are not read, nor `functions`, whose answer would have to be a `function_call`.
 */
export const passedParameters = [
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
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'suppress_tokens',
  'chat_template_kwargs',
] as const satisfies readonly ProviderParameter[];

/** The body of a request for a stream, as JSON of well-formed texts; with usage, where the server may be asked for it. */
export function toOpenAiRequestBody(model: string, call: ModelCall, dialect: Dialect): string {
  const { sampling, parameters, tools } = call;
  // What is undefined, JSON leaves out.
  const body = JSON.stringify({
    ...parameters,
    model,
    messages: toOpenAiMessages(call.messages, dialect),
    ...toToolFields(call),
    // OpenAI refuses it without tools.
    parallel_tool_calls: tools.length > 0 ? parameters.parallel_tool_calls : undefined,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop: sampling.stop,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    [dialect.maxTokensField]: sampling.maxTokens,
    ...(dialect.extraSampling ? toExtraSampling(sampling) : {}),
    stream: true,
    stream_options: dialect.streamOptions ? { include_usage: true } : undefined,
  });
  return toWellFormedJson(body);
}

/** The sampling values that not every server knows. */
export function toExtraSampling({ topK, minP, repetitionPenalty }: ModelCall['sampling']): object {
  return { top_k: topK, min_p: minP, repetition_penalty: repetitionPenalty };
}

/** An allowed set of tools is the filtered tools and its mode: few servers know the set. */
function toToolFields({ tools, toolChoice }: ModelCall): object {
  const selection = selectTools(tools, toolChoice);
  if (selection.tools.length === 0) return {};
  const told = { tools: selection.tools.map(toToolField) };
  if (toolChoice === undefined) return told;
  if (selection.mode !== 'named') return { ...told, tool_choice: selection.mode };
  return { ...told, tool_choice: { type: 'function', function: { name: selection.name } } };
}

function toToolField({ function: { name, description, parameters, strict } }: ClientTool): object {
  // OpenAI takes a function without parameters, other servers want the empty schema spelt out.
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type: 'function', function: { name, description, parameters: schema, strict } };
}
