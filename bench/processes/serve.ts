import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';

/** Listens on a free port of loopback, tells the parent where, and ends with it. */
export async function serve(handle: RequestListener): Promise<void> {
  endWithParent();
  // Longer than a peer is left alone between two rounds: a reused connection must not be one that was just closed.
  const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  tellParent({ type: 'ready', url: `http://127.0.0.1:${address.port}` });
}

/** SIGTERM and the end of the parent end this process; nothing in it has to be kept. */
export function endWithParent(): void {
  process.once('SIGTERM', () => process.exit(0));
  process.once('disconnect', () => process.exit(0));
}

export function tellParent(message: object): void {
  if (process.connected) process.send?.(message);
}

/** A setting that the parent always gives. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
