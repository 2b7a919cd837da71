import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server of this machine as a slow network does. */
export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** Every byte, in both directions, arrives so much later from now on. */
  slowDown(delayMs: number): void;
  /** From now on what the server sends is lost. */
  loseReplies(): void;
  /** What the server sends arrives again; its connections, which miss some of it, are cut off. */
  restoreReplies(): void;
}

/** Starts it without a delay. */
export async function startSlowProxy(port: number): Promise<SlowProxy> {
  let delayMs = 0;
  let losing = false;
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket, isLost = () => false) => {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (!isLost()) setTimeout(() => to.write(bytes), delayMs);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port, host: '127.0.0.1', noDelay: true });
    pass(client, target);
    pass(target, client, () => losing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port, // because it listens on TCP
    slowDown(ms) {
      delayMs = ms;
    },
    loseReplies() {
      losing = true;
    },
    restoreReplies() {
      losing = false;
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
