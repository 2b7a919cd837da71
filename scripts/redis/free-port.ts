import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: one of those could take it while its server restarts. */
const lowest = 15_000;
const highest = 32_000;
const tries = 100;

/** A port of 127.0.0.1 that was free a moment ago: whoever takes it must be ready to lose it to another process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found from ${lowest} to ${highest}.`);
}

/** Whether nothing listens at this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false; // because a port that cannot be listened on is taken, for whatever reason
  }
  server.close();
  await once(server, 'close');
  return true;
}
