import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '@calute/core/api-keys/api-key';
import type { Authenticate, Identity } from '@calute/core/api-keys/authenticate';
import type { AgentDirectory, ListedAgent } from '@calute/core/fleet/agent-directory';
import { tenantIdSchema } from '@calute/core/ids';
import { createLogger } from '@calute/core/logging/logger';
import { OpenAI } from 'openai';
import { createApiMetrics } from '../admin/api-metrics.ts';
import type { ApiParts, CompletionOperations } from '../api-parts.ts';
import { createApp } from '../create-app.ts';
import { defaultHttpSettings, type HttpSettings } from '../http-settings.ts';
import { startServer } from '../server/listen.ts';
import { createOpenStreams } from '../server/open-streams.ts';
import { scriptedBatches } from './scripted-batches.ts';
import { scriptedCompletions } from './scripted-completions.ts';
import { scriptedFiles } from './scripted-files.ts';
import { scriptedResponses } from './scripted-responses.ts';

export interface ServedApi extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly parts: ApiParts;
  /** The lines logged so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Resolves with the first line of this event, logged already or yet to be. */
  logged(event: string): Promise<Readonly<Record<string, unknown>>>;
  readonly openai: OpenAI;
  post(body: unknown, init?: RequestInit): Promise<Response>;
}

export type ServedParts = Partial<Omit<ApiParts, 'settings'>> & { readonly settings?: Partial<HttpSettings> };

/** The app on a free loopback port, with fakes for whatever is not given. */
export async function serveApi(given: ServedParts = {}): Promise<ServedApi> {
  const { log, logger, logged } = recordLog();
  const streams = given.streams ?? createOpenStreams();
  const parts: ApiParts = {
    completions: scriptedCompletions(),
    ...scriptedResponses(),
    agents: directoryOf(agent('echo', { serves: ['chat', 'completions', 'embeddings'] })),
    authenticate: async () => ({ outcome: 'open', identity: identityOf('infer') }),
    files: scriptedFiles(),
    batches: scriptedBatches(),
    batchEndpoints: new Map([['/v1/chat/completions', true]]),
    checkHealth: async () => true,
    logger,
    metrics: createApiMetrics(streams),
    streams,
    ...given,
    settings: { ...defaultHttpSettings, ...given.settings },
  };
  const server = await startServer(createApp(parts), { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    server,
    parts,
    log,
    logged,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-test', maxRetries: 0 }),
    post: (body, init = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
        headers: { 'content-type': 'application/json', ...init.headers },
      }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The app with nothing scripted but its streams. */
export function serveStream(
  createStreamingCompletion: CompletionOperations['createStreamingCompletion'],
  settings: ServedParts['settings'] = {},
): Promise<ServedApi> {
  return serveApi({ completions: scriptedCompletions({ createStreamingCompletion }), settings });
}

function recordLog() {
  const log: Record<string, unknown>[] = [];
  const lines = new EventEmitter();
  const write = (line: string) => {
    const fact = JSON.parse(line);
    log.push(fact);
    lines.emit(fact.msg, fact);
  };
  const logged = async (event: string): Promise<Record<string, unknown>> =>
    log.find((fact) => fact['msg'] === event) ?? (await once(lines, event))[0];
  return { log, logged, logger: createLogger({ role: 'api', level: 'info', destination: { write } }) };
}

export function agent(id: string, about: Partial<ListedAgent> = {}): ListedAgent {
  return { id, created: 1_700_000_000, accepts: [], canOverrideSamplings: false, ...about };
}

export function directoryOf(...agents: readonly ListedAgent[]): AgentDirectory {
  return { list: async () => agents, get: async (id) => agents.find((known) => known.id === id) };
}

export function identityOf(...scopes: readonly Scope[]): Identity {
  const unlimited = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined };
  return { tenant: tenantIdSchema.parse('local'), scopes, ...unlimited };
}

/** Knows exactly these secrets. */
export function authenticateBy(keys: Readonly<Record<string, Identity>>): Authenticate {
  return async (secret) => {
    const identity = secret === undefined ? undefined : keys[secret];
    return identity === undefined ? { outcome: 'refused' } : { outcome: 'authenticated', identity };
  };
}

/** A body that any agent takes. */
export function chatBody(more: object = {}): object {
  return { model: 'echo', messages: [{ role: 'user', content: 'hello' }], ...more };
}
