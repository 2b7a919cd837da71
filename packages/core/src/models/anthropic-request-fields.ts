import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { CaluteError } from '../errors.ts';
import type { ProviderParameter } from '../protocol/chat-request.ts';
import { declareCalledTools } from './declare-called-tools.ts';
import { given } from './given.ts';
import type { ModelCall } from './model-provider.ts';
import { toSdkPrompt } from './to-sdk-prompt.ts';
import { toSdkResponseFormat } from './to-sdk-response-format.ts';
import { toSdkTools } from './to-sdk-tools.ts';

/** The provider parameters that Anthropic has something for. */
export const anthropicParameters: readonly ProviderParameter[] = [
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'user',
  'safety_identifier',
];

/**
 * A model call as `doStream` of the Anthropic package takes it. Sampling values that Anthropic does not know are left out:
 * `minP` and the three penalties; the package lowers a temperature above 1 to 1, and drops what a thinking model refuses.
 */
export function toAnthropicCallOptions(call: ModelCall): LanguageModelV4CallOptions {
  const { sampling, parameters } = call;
  const prompt = toSdkPrompt(call.messages);
  const tools = toSdkTools(call);
  return {
    prompt,
    ...(tools.tools === undefined ? declareCalledTools(prompt) : tools),
    ...given({
      maxOutputTokens: sampling.maxTokens,
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: sampling.topK,
      stopSequences: sampling.stop === undefined ? undefined : [...sampling.stop],
      responseFormat: readResponseFormat(parameters),
      reasoning: answersTools(call) ? undefined : parameters.reasoning_effort,
    }),
    providerOptions: { anthropic: toAnthropicOptions(parameters) },
  };
}

/**
 * After a tool's result Anthropic wants the thoughts that led to the call back, signed, when thinking is on; a chat
 * completion has no place for them.
 */
function answersTools({ messages }: ModelCall): boolean {
  const role = messages.at(-1)?.role;
  return role === 'tool' || role === 'function';
}

function readResponseFormat(parameters: ModelCall['parameters']) {
  const format = toSdkResponseFormat(parameters);
  if (format?.type !== 'json' || format.schema !== undefined) return format;
  const message = 'Anthropic models answer in JSON only by a schema; use response_format json_schema.';
  throw new CaluteError('unsupported_parameter', message, { param: 'response_format' });
}

function toAnthropicOptions(parameters: ModelCall['parameters']) {
  const userId = parameters.safety_identifier ?? parameters.user;
  return {
    ...(userId === undefined ? {} : { metadata: { userId } }),
    ...(parameters.parallel_tool_calls === false ? { disableParallelToolUse: true } : {}),
  };
}
