import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which Linux and macOS give ports to outgoing connections. */
const lowest = 20_000;
const highest = 32_000;

/**
 * A free port of 127.0.0.1 that no outgoing connection takes while its server is down: a client that tries to connect to an
 * unused port of that range can even meet itself.
 */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer();
    const failed = once(server, 'error').then(() => false);
    const listening = once(server.listen(port, '127.0.0.1'), 'listening').then(() => true);
    if (!(await Promise.race([listening, failed]))) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
