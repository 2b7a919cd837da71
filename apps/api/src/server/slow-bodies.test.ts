import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startServer } from './listen.ts';
import { allowSlowBody, readOff } from './slow-bodies.ts';

const timeouts = {
  headersTimeoutMs: 250,
  requestTimeoutMs: 300,
  checkingIntervalMs: 10,
  keepAliveTimeoutMs: 1000,
};

describe('a body that takes longer than requests may', () => {
  test('is taken where that is allowed, and once only', async () => {
    await using served = await serve((incoming) => allowSlowBody(incoming, 1000));
    const slow = served.send();
    for (let count = 0; count < 10; count += 1) {
      slow.write('x');
      await wait(50);
    }
    expect(await statusOf(slow.end())).toBe(200);
    const another = served.send({ path: '/usual' });
    another.write('x');
    expect(await statusOf(another)).toBe(408);
  });

  test('is cut when it pauses', async () => {
    await using served = await serve((incoming) => allowSlowBody(incoming, 50));
    const pausing = served.send();
    pausing.write('x');
    expect(await statusOf(pausing)).toBe('cut');
  });

  test('is refused elsewhere', async () => {
    await using served = await serve(() => undefined);
    const slow = served.send();
    slow.write('x');
    expect(await statusOf(slow)).toBe(408);
  });
});

describe('a refused body', () => {
  test('is read to its end, so that its sender gets the answer', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<boolean>();
    await using served = await serve((incoming, answer) => {
      incoming.on('close', () => resolve(incoming.complete));
      readOff(incoming, 10_000);
      answer(413);
    });
    const large = served.send();
    large.end(Buffer.alloc(5_000_000));
    expect(await statusOf(large)).toBe(413);
    expect(await closed).toBe(true);
  });

  test('that goes on for too long is cut', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<boolean>();
    await using served = await serve((incoming) => {
      incoming.on('close', () => resolve(incoming.complete));
      readOff(incoming, 30);
    });
    const endless = served.send();
    endless.on('error', () => undefined); // because it is cut
    endless.write('x');
    expect(await closed).toBe(false);
  });
});

type Handle = (incoming: IncomingMessage, answer: (status: number) => void) => void;

/** Answers 200 at the end of the body unless `handle` does before. */
async function serve(handle: Handle) {
  const server = await startServer(
    (incoming, response) => {
      const answer = (status: number) => response.writeHead(status).end();
      if (incoming.url !== '/usual') handle(incoming, answer);
      incoming.on('end', () => response.writableEnded || answer(200));
      incoming.resume();
    },
    { host: '127.0.0.1', port: 0, timeouts },
  );
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (options: { readonly path?: string } = {}) =>
      request({ host: '127.0.0.1', port, method: 'POST', agent, ...options }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function statusOf(sent: ReturnType<typeof request>): Promise<number | 'cut' | undefined> {
  return new Promise((resolve) => {
    sent.on('response', (response) => response.resume().on('close', () => resolve(response.statusCode)));
    sent.on('error', () => resolve('cut'));
  });
}
