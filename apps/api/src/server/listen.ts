import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientError } from './client-error.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port; `server.address()` tells which. */
  readonly port: number;
  readonly timeouts?: ServerTimeouts;
}

export interface ServerTimeouts {
  /** Node's default cuts a slow sender of headers only after 81 s. */
  readonly headersTimeoutMs: number;
  /** For a whole request with its body. */
  readonly requestTimeoutMs: number;
  /** How often both are looked at. */
  readonly checkingIntervalMs: number;
  /** Longer than the 60 s of usual load balancers, so that it is they who close an idle connection. */
  readonly keepAliveTimeoutMs: number;
}

const defaultTimeouts: ServerTimeouts = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  checkingIntervalMs: 2000,
  keepAliveTimeoutMs: 65_000,
};

/** Serves `app`; resolves when it listens and rejects when it cannot. */
export function startServer(
  app: RequestListener,
  { host, port, timeouts = defaultTimeouts }: ListenOptions,
): Promise<Server> {
  const options = {
    headersTimeout: timeouts.headersTimeoutMs,
    requestTimeout: timeouts.requestTimeoutMs,
    connectionsCheckingInterval: timeouts.checkingIntervalMs,
    keepAliveTimeout: timeouts.keepAliveTimeoutMs,
  };
  const server = createServer(options, app);
  server.on('clientError', answerClientError);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}
