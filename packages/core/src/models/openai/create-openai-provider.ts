import type { ProviderParameter } from '../../protocol/chat-request.ts';
import { type BegunStream, begin, streamOf } from '../begun-stream.ts';
import type { ModelCall, ResponseFormat, UpstreamProvider } from '../model-provider.ts';
import { readRetryAfterMs } from '../upstream/retry-after.ts';
import { toStatusError } from '../upstream/status-error.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { UpstreamAnswer, UpstreamClient } from '../upstream/upstream-client.ts';
import { readUpstreamFault } from '../upstream/upstream-error-body.ts';
import { readOpenAiStream } from './answer/read-openai-stream.ts';
import { passedParameters, toOpenAiRequestBody } from './openai-request-body.ts';

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

/**
 * The model `name` of any server that speaks OpenAI's chat completions, asked through `client`, without retries. Its own
 * code, not a provider package of the AI SDK: this is the way that nearly all tokens take, and the package's chain of web
 * streams and schemas took more than a third of a worker's CPU time (docs/performance.md).
 */
export function createOpenAiProvider(
  name: string,
  { baseUrl = `https://${openAiHost}/v1`, apiKey, enforcesFormat }: OpenAiConfig,
  client: UpstreamClient,
): UpstreamProvider {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/chat/completions`);
  const isOpenAiItself = url.hostname === openAiHost;
  const endpoint: Endpoint = {
    url,
    client,
    headers: {
      'content-type': 'application/json',
      ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    upstream: { host: url.host, apiKey },
    toBody: (call) => toOpenAiRequestBody(name, call, isOpenAiItself),
  };
  return {
    accepts,
    host: url.host,
    enforcesFormat: (format) => enforcesFormat ?? (isOpenAiItself && isPromised(format)),
    stream: (call, signal) => streamOf(() => openStream(endpoint, call, signal)),
  };
}

/** Source: OpenAI's guide to structured outputs; without "strict" a schema is a hint. */
function isPromised(format: ResponseFormat): boolean {
  return (
    format.type === 'json_object' || (format.type === 'json_schema' && format.json_schema.strict === true)
  );
}

interface Endpoint {
  readonly url: URL;
  readonly client: UpstreamClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly upstream: Upstream;
  toBody(call: ModelCall): string;
}

async function openStream(
  { url, client, headers, upstream, toBody }: Endpoint,
  call: ModelCall,
  signal: AbortSignal,
): Promise<BegunStream> {
  signal.throwIfAborted();
  const answer = await client.post({ url, headers, body: toBody(call), signal });
  if (answer.status >= 300) throw await toAnswerError(answer, upstream);
  return await begin(readOpenAiStream(answer.chunks, { upstream, call, signal }));
}

async function toAnswerError({ status, headers, chunks }: UpstreamAnswer, upstream: Upstream) {
  const body = Buffer.concat(await Array.fromAsync(chunks)).toString();
  const fault = readUpstreamFault(body);
  return toStatusError({ status, fault, retryAfterMs: readRetryAfterMs(headers) }, upstream);
}
