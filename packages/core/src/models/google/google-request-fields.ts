import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import { given, onlyPositive } from '../given.ts';
import type { ModelCall } from '../model-provider.ts';
import { toSdkPrompt } from '../to-sdk-prompt.ts';
import { toSdkResponseFormat } from '../to-sdk-response-format.ts';
import { toSdkTools } from '../to-sdk-tools.ts';
import { readSignature } from './google-signatures.ts';

/** The provider parameters that the Gemini API has something for. */
export const googleParameters: readonly ProviderParameter[] = ['response_format', 'seed', 'reasoning_effort'];

/**
 * A model call as `doStream` of the Google package takes it. Sampling values that Gemini does not know are left out: `minP`
 * and `repetitionPenalty`; the package drops the other penalties for models that refuse them.
 */
export function toGoogleCallOptions(call: ModelCall): LanguageModelV4CallOptions {
  const { sampling, parameters } = call;
  const effort = parameters.reasoning_effort;
  return {
    prompt: toSdkPrompt(call.messages, { ofText: readSignature, ofCall: readSignature }),
    ...toSdkTools(call),
    ...given({
      maxOutputTokens: sampling.maxTokens,
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: onlyPositive(sampling.topK),
      stopSequences: sampling.stop === undefined ? undefined : [...sampling.stop],
      presencePenalty: sampling.presencePenalty,
      frequencyPenalty: sampling.frequencyPenalty,
      seed: parameters.seed,
      responseFormat: toSdkResponseFormat(parameters),
      reasoning: effort,
    }),
    // Models that cannot think refuse to be asked for thoughts, so only who asks for an effort gets them.
    providerOptions: {
      google: effort === undefined || effort === 'none' ? {} : { thinkingConfig: { includeThoughts: true } },
    },
  };
}
