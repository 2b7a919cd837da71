import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ProviderParameter } from '../../protocol/chat-request.ts';
import { given } from './given.ts';
import type { ModelCall } from './model-provider.ts';
import { toSdkPrompt } from './to-sdk-prompt.ts';
import { toSdkTools } from './to-sdk-tools.ts';

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

/** A model call as `doStream` of the OpenAI-compatible package takes it; `openai` are fields for the body as they are. */
export function toOpenAiCallOptions(call: ModelCall, isOpenAiItself: boolean): LanguageModelV4CallOptions {
  const { sampling } = call;
  return {
    prompt: toSdkPrompt(call.messages),
    ...toSdkTools(call),
    ...given({
      temperature: sampling.temperature,
      topP: sampling.topP,
      stopSequences: sampling.stop === undefined ? undefined : [...sampling.stop],
      presencePenalty: sampling.presencePenalty,
      frequencyPenalty: sampling.frequencyPenalty,
    }),
    providerOptions: { openai: toBodyFields(call, isOpenAiItself) },
    includeRawChunks: call.parameters.logprobs === true,
  };
}

function toBodyFields({ sampling, parameters, tools }: ModelCall, isOpenAiItself: boolean): JSONObject {
  const passed = Object.fromEntries(passedParameters.map((name) => [name, parameters[name]]));
  const fields = given({
    ...passed,
    // OpenAI refuses it without tools.
    parallel_tool_calls: tools.length > 0 ? parameters.parallel_tool_calls : undefined,
    // OpenAI's reasoning models refuse the older name, other servers may not know the newer one.
    [isOpenAiItself ? 'max_completion_tokens' : 'max_tokens']: sampling.maxTokens,
    top_k: sampling.topK,
    min_p: sampling.minP,
    repetition_penalty: sampling.repetitionPenalty,
  });
  return fields as JSONObject; // because zod has parsed them from JSON, which their types no longer tell
}
