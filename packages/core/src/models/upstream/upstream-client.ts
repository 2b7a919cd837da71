import { Agent } from 'undici';
import { CaluteError } from '../../errors.ts';
import { inflateBody } from './inflate-body.ts';
import { toNetworkError } from './network-error.ts';
import { openResponse, type Response } from './open-response.ts';
import { readErrorBody, readEventBody } from './upstream-body.ts';
import { defaultUpstreamLimits, type UpstreamLimits } from './upstream-limits.ts';

export interface UpstreamRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
  /** Of one SSE event, or of JSON in its place. @defaultValue the limit of all */
  readonly maxEventBytes?: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** Names in lower case; the last value of a name that comes more than once. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body; of a failed answer only its beginning. Leaving the loop early closes the socket. */
  readonly chunks: AsyncIterableIterator<Uint8Array>;
  /** Closes the socket without waiting for the next chunk. */
  close(): void;
}

/**
 * Posts requests to model providers over one pool of connections. An abort closes the upstream's socket and throws the
 * signal's reason. Failures are CaluteErrors of the `upstream_*` codes; an answer with a status of 400 and more is none.
 * Redirects are not followed. Disposing closes all connections.
 */
export interface UpstreamClient {
  post(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** A client on undici's dispatcher: the built-in fetch costs 35 % more CPU for the same stream. */
export function createUpstreamClient(limits: Partial<UpstreamLimits> = {}): UpstreamClient & AsyncDisposable {
  const all = { ...defaultUpstreamLimits, ...limits };
  // HTTP/1.1 only: there an abort is a closed socket, which every upstream understands. bodyTimeout: see readEventBody.
  const agent = new Agent({
    allowH2: false,
    headersTimeout: all.headersTimeoutMs,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  });
  return {
    post: async (posted) => toAnswer(await send(agent, posted), posted, all),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

async function send(agent: Agent, { url, headers, body, signal }: UpstreamRequest): Promise<Response> {
  const request = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: 'POST',
    headers: { accept: 'text/event-stream', ...headers, 'accept-encoding': 'identity' },
    body,
  } as const;
  try {
    return await openResponse(agent, request, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw toNetworkError(error, url.host);
  }
}

function toAnswer(
  response: Response,
  { url: { host }, signal, maxEventBytes }: UpstreamRequest,
  usual: UpstreamLimits,
): UpstreamAnswer {
  const limits = maxEventBytes === undefined ? usual : { ...usual, maxEventBytes };
  const { status } = response;
  const headers = toHeaders(response.headers);
  const isOk = status >= 200 && status < 300;
  if (isOk) assertNoPage(response, headers, host);
  const body = inflateBody(response.body, headers['content-encoding'], host);
  const source = { host, signal };
  const chunks = isOk ? readEventBody(body, source, limits) : readErrorBody(body, source, limits);
  return { status, headers, chunks, close: () => void body.destroy() };
}

/** Says what is wrong when a web page comes: mostly a wrong base URL. What else comes tells by its bytes what it is. */
function assertNoPage({ status, body }: Response, headers: UpstreamAnswer['headers'], host: string): void {
  const type = headers['content-type'] ?? '';
  if (!/^(text\/html|application\/xhtml)/i.test(type)) return;
  body.destroy();
  throw new CaluteError(
    'upstream_error',
    `The model provider at ${host} answered ${status} with "${type}" instead of an event stream. Is its base URL right?`,
  );
}

function toHeaders(raw: Response['headers']): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) headers[name] = last;
  }
  return headers;
}
