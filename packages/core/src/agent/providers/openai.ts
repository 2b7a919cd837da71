import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { ProviderParameter } from '../../protocol/chat-request.ts';
import type { ResponseFormat } from './model-provider.ts';
import { passedParameters, toOpenAiCallOptions } from './openai-request-fields.ts';
import { readLogprobs, serviceTierExtractor } from './openai-response-fields.ts';
import { createSdkProvider, type UpstreamProvider } from './sdk-provider.ts';
import type { UpstreamFetch } from './upstream/upstream-fetch.ts';

export interface OpenAiConfig {
  /** Ends in `/v1`. @defaultValue `https://api.openai.com/v1` */
  readonly baseUrl?: string | undefined;
  /** Absent for servers that want none. */
  readonly apiKey?: string | undefined;
  /**
   * Whether the server lets no answer miss the request's format.
   * @defaultValue for OpenAI's own: what it promises, which is JSON objects and strict schemas; else false
   */
  readonly enforcesFormat?: boolean | undefined;
}

const openAiHost = 'api.openai.com';
const accepts: ReadonlySet<ProviderParameter> = new Set(passedParameters);

/** The model `name` of any server that speaks OpenAI's chat completions; requests go through `fetch`, without retries. */
export function createOpenAiProvider(
  name: string,
  config: OpenAiConfig,
  fetch: UpstreamFetch,
): UpstreamProvider {
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
  const isOpenAiItself = baseUrl.hostname === openAiHost;
  return createSdkProvider({
    model: provider.chatModel(name),
    upstream: { host: baseUrl.host, apiKey: config.apiKey },
    accepts,
    enforcesFormat: (format) => config.enforcesFormat ?? (isOpenAiItself && isPromised(format)),
    toOptions: (call) => toOpenAiCallOptions(call, isOpenAiItself),
    readLogprobs,
  });
}

/** Source: OpenAI's guide to structured outputs; without "strict" a schema is a hint. */
function isPromised(format: ResponseFormat): boolean {
  return (
    format.type === 'json_object' || (format.type === 'json_schema' && format.json_schema.strict === true)
  );
}
