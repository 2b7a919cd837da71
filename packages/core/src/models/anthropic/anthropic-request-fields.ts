import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { CaluteError } from '../../errors.ts';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import { given, onlyPositive } from '../given.ts';
import { type CallIdRule, fitCallIds } from '../messages/fit-call-ids.ts';
import type { ModelCall } from '../model-provider.ts';
import { toSdkPrompt } from '../to-sdk-prompt.ts';
import { toSdkResponseFormat } from '../to-sdk-response-format.ts';
import { toSdkTools } from '../to-sdk-tools.ts';
import { readThoughts } from './anthropic-thoughts.ts';
import { declareCalledTools } from './declare-called-tools.ts';

/** The provider parameters that Anthropic has something for. */
export const anthropicParameters: readonly ProviderParameter[] = [
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'user',
  'safety_identifier',
];

/** Source: Anthropic's 400 "String should match pattern '^[a-zA-Z0-9_-]+$'", and "`tool_use` ids must be unique". */
const callIds: CallIdRule = {
  pattern: /^[a-zA-Z0-9_-]{1,64}$/,
  make: (digest) => `call_${digest.slice(0, 24)}`,
  mayRepeat: false,
};

/**
 * A model call as `doStream` of the Anthropic package takes it. Sampling values that Anthropic does not know are left out:
 * `minP` and the three penalties; the package lowers a temperature above 1 to 1, and drops what a thinking model refuses.
 */
export function toAnthropicCallOptions(call: ModelCall): LanguageModelV4CallOptions {
  const { sampling, parameters } = call;
  const prompt = toSdkPrompt(fitCallIds(call.messages, callIds), { thoughts: readThoughts });
  const tools = toSdkTools(call);
  return {
    prompt,
    ...(tools.tools === undefined ? declareCalledTools(prompt) : tools),
    ...given({
      maxOutputTokens: sampling.maxTokens,
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: onlyPositive(sampling.topK),
      stopSequences: sampling.stop === undefined ? undefined : [...sampling.stop],
      responseFormat: readResponseFormat(parameters),
      reasoning: lacksThoughts(call) ? undefined : parameters.reasoning_effort,
    }),
    providerOptions: { anthropic: toAnthropicOptions(parameters) },
  };
}

/**
 * After a tool's result Anthropic wants the thoughts that led to the first call since the user's message back, signed, when
 * thinking is on. A history that has lost them, or comes from another model, can only be answered without.
 */
function lacksThoughts({ messages }: ModelCall): boolean {
  const role = messages.at(-1)?.role;
  if (role !== 'tool' && role !== 'function') return false;
  const asked = messages.findLastIndex((message) => message.role === 'user');
  const first = messages.slice(asked + 1).find((message) => message.role === 'assistant');
  return first === undefined || readThoughts(first).length === 0;
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
