import type { DirectInputs, Endpoint } from '../../request/direct-request.ts';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import { type BegunStream, begin, streamOf } from '../begun-stream.ts';
import type { ModelCall, ModelEvent, ResponseFormat, UpstreamProvider } from '../model-provider.ts';
import { toStatusError } from '../upstream/status-error.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { UpstreamAnswer, UpstreamClient } from '../upstream/upstream-client.ts';
import { readUpstreamFault } from '../upstream/upstream-error-body.ts';
import { readEmbeddings } from './answer/read-embeddings.ts';
import { readOpenAiStream } from './answer/read-openai-stream.ts';
import { type Dialect, findDialect } from './dialect.ts';
import { toDirectBody } from './direct-body.ts';
import { learnDialect } from './learn-dialect.ts';
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
  /** Sent with each request, beside those that a request needs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In what the server differs from what is known of its host. */
  readonly dialect?: Partial<Dialect> | undefined;
}

const openAiHost = 'api.openai.com';
/** Of a whole answer: 12 MiB of float32, which are 16 MiB of a run, at up to 24 characters for each number. */
const maxEmbeddingsBytes = 72 * 1024 * 1024;
const accepts: ReadonlySet<ProviderParameter> = new Set(passedParameters);

/**
 * The model `name` of any server that speaks OpenAI's chat completions, asked through `client`, without retries. Its own
 * code, not a provider package of the AI SDK: this is the way that nearly all tokens take, and the package's chain of web
 * streams and schemas took more than a third of a worker's CPU time (docs/performance.md).
 */
export function createOpenAiProvider(
  name: string,
  { baseUrl = `https://${openAiHost}/v1`, apiKey, enforcesFormat, headers, dialect }: OpenAiConfig,
  client: UpstreamClient,
): UpstreamProvider {
  const urls = {
    chat: toUrl(baseUrl, 'chat/completions'),
    completions: toUrl(baseUrl, 'completions'),
    embeddings: toUrl(baseUrl, 'embeddings'),
  };
  const { host, hostname } = urls.chat;
  const isOpenAiItself = hostname === openAiHost;
  const usual = findDialect(hostname, dialect);
  const server: Server = {
    urls,
    client,
    headers: {
      ...lowerCase(headers),
      'content-type': 'application/json',
      ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    upstream: { host, apiKey },
    model: name,
    usual,
    known: usual,
  };
  return {
    accepts,
    host,
    enforcesFormat: (format) => enforcesFormat ?? (isOpenAiItself && isPromised(format)),
    stream: (call, signal) => streamOf(() => openStream(server, call, signal)),
  };
}

/** A query stays behind the path: some gateways want a version there. */
function toUrl(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** Source: OpenAI's guide to structured outputs; without "strict" a schema is a hint. */
function isPromised(format: ResponseFormat): boolean {
  return (
    format.type === 'json_object' || (format.type === 'json_schema' && format.json_schema.strict === true)
  );
}

interface Server {
  readonly urls: Readonly<Record<Endpoint, URL>>;
  readonly client: UpstreamClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly upstream: Upstream;
  readonly model: string;
  readonly usual: Dialect;
  /** With what the server's refusals have taught of it; kept, so that each lesson costs one request. */
  known: Dialect;
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function openStream(server: Server, call: ModelCall, signal: AbortSignal): Promise<BegunStream> {
  const { upstream } = server;
  const answer = await ask(server, call, signal);
  if (call.direct?.endpoint === 'embeddings') return await begin(readWhole(answer, call.direct, upstream));
  return await begin(readOpenAiStream(answer.chunks, { upstream, call, signal }));
}

async function* readWhole(
  answer: UpstreamAnswer,
  direct: DirectInputs,
  upstream: Upstream,
): AsyncGenerator<readonly ModelEvent[]> {
  yield readEmbeddings(await readText(answer), direct, upstream);
}

async function readText({ chunks }: UpstreamAnswer): Promise<string> {
  // As that of a stream, its text is without a byte order mark.
  return new TextDecoder().decode(Buffer.concat(await Array.fromAsync(chunks)));
}

/** Once more for each thing that the server turns out not to take, of which there are few. */
async function ask(server: Server, call: ModelCall, signal: AbortSignal): Promise<UpstreamAnswer> {
  const { client, upstream, usual } = server;
  for (let { known } = server; ; ) {
    signal.throwIfAborted();
    const answer = await client.post({ ...toRequest(server, call, known), signal });
    const { status } = answer;
    if (status < 300) {
      // Not before: a refusal for another reason may repeat all that it was asked.
      server.known = known;
      return answer;
    }
    const body = await readText(answer);
    const learnt = learnDialect({ status, body }, call, { known, usual });
    if (learnt === undefined) throw toAnswerError(answer, body, upstream);
    known = learnt;
  }
}

function toRequest({ urls, headers, model }: Server, call: ModelCall, known: Dialect) {
  const { direct } = call;
  if (direct === undefined) return { url: urls.chat, headers, body: toOpenAiRequestBody(model, call, known) };
  const body = toDirectBody(model, { ...call, direct }, known);
  const url = urls[direct.endpoint];
  if (direct.endpoint === 'completions') return { url, headers, body };
  return {
    url,
    headers: { ...headers, accept: 'application/json' },
    body,
    maxEventBytes: maxEmbeddingsBytes,
  };
}

function toAnswerError({ status, headers }: UpstreamAnswer, body: string, upstream: Upstream) {
  const fault = readUpstreamFault(body);
  return toStatusError({ status, fault, headers }, upstream);
}
