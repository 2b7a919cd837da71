import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { ProviderParameter } from '../../protocol/chat-request.ts';
import { fromSdkStream } from './from-sdk-stream.ts';
import type { ModelCall, ModelEvent, ModelProvider } from './model-provider.ts';
import { passedParameters, toOpenAiCallOptions } from './openai-request-fields.ts';
import { readLogprobs, serviceTierExtractor } from './openai-response-fields.ts';
import { toUpstreamError } from './upstream/to-upstream-error.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { UpstreamFetch } from './upstream/upstream-fetch.ts';

export interface OpenAiConfig {
  /** Ends in `/v1`. @defaultValue `https://api.openai.com/v1` */
  readonly baseUrl?: string | undefined;
  /** Absent for servers that want none. */
  readonly apiKey?: string | undefined;
}

interface OpenAiModel {
  readonly model: LanguageModelV4;
  readonly upstream: Upstream;
  readonly isOpenAiItself: boolean;
}

const openAiHost = 'api.openai.com';
const accepts: ReadonlySet<ProviderParameter> = new Set(passedParameters);

/** The model `name` of any server that speaks OpenAI's chat completions; requests go through `fetch`, without retries. */
export function createOpenAiProvider(
  name: string,
  config: OpenAiConfig,
  fetch: UpstreamFetch,
): ModelProvider {
  const baseUrl = new URL(config.baseUrl ?? `https://${openAiHost}/v1`);
  const apiKey = config.apiKey === undefined || config.apiKey === '' ? {} : { apiKey: config.apiKey };
  const provider = createOpenAICompatible({
    name: 'openai',
    baseURL: baseUrl.href,
    ...apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
    metadataExtractor: serviceTierExtractor,
  });
  const upstream = { host: baseUrl.host, apiKey: config.apiKey };
  const model = {
    model: provider.chatModel(name),
    upstream,
    isOpenAiItself: baseUrl.hostname === openAiHost,
  };
  return { accepts, stream: (call, signal) => streamOpenAi(model, call, signal) };
}

async function* streamOpenAi(
  { model, upstream, isOpenAiItself }: OpenAiModel,
  call: ModelCall,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const toError = (error: unknown): unknown => toUpstreamError(error, upstream);
  signal.throwIfAborted();
  try {
    const { stream } = await model.doStream({
      ...toOpenAiCallOptions(call, isOpenAiItself),
      abortSignal: signal,
    });
    yield* fromSdkStream(stream, { readLogprobs, toError });
  } catch (error) {
    // An abort shows as whatever broke first; the caller expects the reason it gave.
    signal.throwIfAborted();
    throw toError(error);
  }
}
