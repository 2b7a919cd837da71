import type { DirectRequest } from '../../request/direct-request.ts';
import { toWellFormedJson } from '../messages/well-formed-json.ts';
import type { ModelCall } from '../model-provider.ts';
import type { Dialect } from './dialect.ts';
import { toExtraSampling } from './openai-request-body.ts';

/** The body of a request to `/completions`, for a stream, or to `/embeddings`. */
export function toDirectBody(
  model: string,
  call: ModelCall & { direct: DirectRequest },
  dialect: Dialect,
): string {
  const { direct, parameters, sampling } = call;
  const { endpoint, ...asked } = direct;
  if (endpoint === 'embeddings')
    return toWellFormedJson(JSON.stringify({ ...asked, model, user: parameters.user }));
  const body = JSON.stringify({
    ...parameters,
    ...asked,
    model,
    max_tokens: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop: sampling.stop,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    ...(dialect.extraSampling ? toExtraSampling(sampling) : {}),
    stream: true,
    stream_options: dialect.streamOptions ? { include_usage: true } : undefined,
  });
  return toWellFormedJson(body);
}
