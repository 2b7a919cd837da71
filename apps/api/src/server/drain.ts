import type { Server } from 'node:http';
import { within } from '@calute/core/async/within';
import type { OpenStreams } from './open-streams.ts';

/** How long the last bytes of streams that were ended early may take to leave. */
const flushMs = 1000;

export interface DrainOptions {
  readonly streams: OpenStreams;
  /** How long open streams may go on by themselves. */
  readonly boundMs: number;
}

/**
 * Stops `server` without cutting an event: no new connection or completion, open streams get `boundMs` to finish and are
 * then ended between two events, at last every connection is closed. Calling it again waits for the same end.
 */
export async function drainServer(server: Server, { streams, boundMs }: DrainOptions): Promise<void> {
  streams.beginDrain();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await within(boundMs, settle(server, streams, closed));
  streams.endAll();
  await within(flushMs, settle(server, streams, closed));
  server.closeAllConnections();
  await closed;
}

/** An open stream's connection is not idle, so the idle ones are closed again once the last stream has ended. */
async function settle(server: Server, streams: OpenStreams, closed: Promise<void>): Promise<void> {
  await streams.whenEmpty();
  server.closeIdleConnections();
  await closed;
}
