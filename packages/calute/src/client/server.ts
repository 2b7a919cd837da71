import { z } from 'zod';
import { CommandFailure, exitCodes } from '../cli/command-failure.ts';

/** A Calute server, or what speaks like one. */
export interface Server {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly key: string | undefined;
}

export interface ServerOptions {
  readonly url?: string;
  readonly key?: string;
}

const defaultUrl = 'http://127.0.0.1:8080';

/** The server of `--url` and `--key`, else of CALUTE_URL and CALUTE_API_KEY, else of this machine. */
export function findServer(options: ServerOptions, env: NodeJS.ProcessEnv): Server {
  const given = options.url ?? (env['CALUTE_URL'] || defaultUrl);
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new CommandFailure(
      `"${given}" is no URL of a server: it looks like ${defaultUrl}.`,
      exitCodes.usage,
    );
  }
  const url = new URL(given);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/v1') ? path : `${path}/v1`;
  url.search = '';
  url.hash = '';
  return { baseUrl: url.href, key: options.key ?? (env['CALUTE_API_KEY'] || undefined) };
}

/** What the server said instead of an answer. */
export class ServerRefusal extends CommandFailure {
  readonly status: number;
  readonly code: string;
  readonly mayRetry: boolean;

  constructor(
    message: string,
    { status, code, mayRetry }: { status: number; code: string; mayRetry: boolean },
  ) {
    super(message, exitCodes.failed);
    this.status = status;
    this.code = code;
    this.mayRetry = mayRetry;
  }
}

const errorBodySchema = z.object({
  error: z.object({ message: z.string(), code: z.string().nullish(), param: z.string().nullish() }),
});

export interface ServerRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON, a form as a form. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** What the path is for, in words that follow "has no": told when the server does not know it. */
  readonly purpose?: string;
}

/** Sends one request and gives the response when it is a success. Throws ServerRefusal, or CommandFailure `unreachable`. */
export async function send(server: Server, path: string, request: ServerRequest = {}): Promise<Response> {
  const { method = 'GET', body, headers, signal, purpose } = request;
  const isForm = body instanceof FormData;
  const response = await reach(server, path, {
    method,
    headers: {
      ...(server.key === undefined ? {} : { authorization: `Bearer ${server.key}` }),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    signal: signal ?? null,
  });
  if (response.ok) return response;
  throw await toRefusal(server, response, { path, purpose });
}

/** As `send`, with the JSON of the answer as the schema knows it. */
export async function ask<Schema extends z.ZodType>(
  server: Server,
  path: string,
  { schema, ...request }: ServerRequest & { readonly schema: Schema },
): Promise<z.output<Schema>> {
  const response = await send(server, path, request);
  const text = await response.text();
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandFailure(`${server.baseUrl}${path} answers what this command does not understand.`);
}

async function reach(server: Server, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${server.baseUrl}${path}`, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new CommandFailure(describeUnreachable(server, error), exitCodes.unreachable, error);
  }
}

function describeUnreachable({ baseUrl }: Server, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const origin = new URL(baseUrl).origin;
  if (code === 'ECONNREFUSED') {
    return `Nothing listens at ${origin}: start a server ("calute dev"), or name another one with --url or CALUTE_URL.`;
  }
  return `${origin} cannot be reached (${code}): check --url or CALUTE_URL.`;
}

async function toRefusal(
  server: Server,
  response: Response,
  { path, purpose }: { readonly path: string; readonly purpose: string | undefined },
): Promise<ServerRefusal> {
  const { status } = response;
  const body = errorBodySchema.safeParse(parseJson(await response.text().catch(() => '')));
  const { message = `status ${status}`, code } = body.data?.error ?? {};
  const facts = {
    status,
    code: code ?? `status_${status}`,
    mayRetry: response.headers.get('x-should-retry') === 'true',
  };
  const isUnknownPath = (status === 404 && (code ?? 'not_found') === 'not_found') || status === 405;
  if (isUnknownPath && purpose !== undefined) {
    const asked = `${server.baseUrl}${path.replace(/\?.*/, '')}`;
    return new ServerRefusal(`This server has no ${purpose} (${asked} is status ${status}).`, facts);
  }
  if (status === 401) {
    const advice =
      server.key === undefined ? 'give one with --key or CALUTE_API_KEY' : 'it does not take this one';
    return new ServerRefusal(`The server wants an API key: ${advice}.`, facts);
  }
  return new ServerRefusal(code ? `${message} (${code})` : `The server answers: ${message}.`, facts);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // because what is no JSON fits no schema
  }
}
