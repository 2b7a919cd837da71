import { createServer, type Server, type ServerResponse } from 'node:http';
import { StartError } from '@calute/core/process/start-error';
import type { Metrics } from '@calute/core/telemetry/metrics/create-metrics';

export interface AdminServerParts {
  readonly metrics: Pick<Metrics, 'render' | 'contentType'>;
  /** Whether the worker took runs, or there were none to take. */
  readonly isLive: () => boolean;
  /** Whether it takes runs now; a rejection counts as no. */
  readonly isReady: () => Promise<boolean>;
}

export interface AdminAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A worker's `/livez`, `/readyz` and `/metrics`. Closes with all its connections. */
export interface AdminServer extends Disposable {
  readonly url: string;
}

/** Serves the operator's paths. Throws StartError when the address cannot be had. */
export async function serveAdmin(
  parts: AdminServerParts,
  { host, port }: AdminAddress,
): Promise<AdminServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://admin').pathname;
    answer(parts, { isGet: request.method === 'GET' || request.method === 'HEAD', path, response }).catch(
      (error: unknown) => response.destroy(toError(error)),
    );
  });
  await listen(server, { host, port });
  return {
    url: urlOf(server),
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

interface Asked {
  readonly isGet: boolean;
  readonly path: string;
  readonly response: ServerResponse;
}

async function answer(
  { metrics, isLive, isReady }: AdminServerParts,
  { isGet, path, response }: Asked,
): Promise<void> {
  if (!isGet) return sendJson(response, 405, { status: 'method_not_allowed' });
  switch (path) {
    case '/metrics':
      response.setHeader('content-type', metrics.contentType);
      return void response.end(await metrics.render());
    case '/livez':
      return isLive()
        ? sendJson(response, 200, { status: 'ok' })
        : sendJson(response, 503, { status: 'wedged' });
    case '/readyz': {
      const ready = await isReady().catch(() => false);
      return sendJson(response, ready ? 200 : 503, { status: ready ? 'ok' : 'unavailable' });
    }
    default:
      return sendJson(response, 404, { status: 'not_found', paths: ['/livez', '/readyz', '/metrics'] });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function listen(server: Server, { host, port }: AdminAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} is taken; set ADMIN_PORT to a free one, or to 0 for any.`);
    if (code === 'EACCES')
      throw new StartError(`Port ${port} needs privileges; set ADMIN_PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(`ADMIN_HOST ${host} is no address of this machine.`);
    throw error;
  }
}

function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server does not listen.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
