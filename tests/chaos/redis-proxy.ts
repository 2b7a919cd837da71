import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';

/** Stands between the product and its Redis, and loses answers on demand. */
export interface RedisProxy extends AsyncDisposable {
  readonly url: string;
  /**
   * For `lastsMs`, resets a connection in place of an answer with the given probability: Redis has executed what the client
   * sent, and the client cannot know. Resolves with the number of answers lost.
   */
  cutReplies(options: {
    readonly random: Random;
    readonly share: number;
    readonly lastsMs: number;
  }): Promise<number>;
}

interface Cutting {
  readonly random: Random;
  readonly share: number;
  cuts: number;
}

export async function startRedisProxy(redisPort: number): Promise<RedisProxy> {
  const sockets = new Set<Socket>();
  let cutting: Cutting | undefined;
  const server = createServer({ noDelay: true }, (client) => {
    const redis = connect({ port: redisPort, host: '127.0.0.1', noDelay: true });
    join(client, redis, () => shouldCut(cutting));
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  return {
    url: `redis://127.0.0.1:${port}`,
    async cutReplies({ random, share, lastsMs }) {
      const own = { random, share, cuts: 0 };
      cutting = own;
      await delay(lastsMs);
      cutting = undefined;
      return own.cuts;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function shouldCut(cutting: Cutting | undefined): boolean {
  if (cutting === undefined || cutting.random.next() >= cutting.share) return false;
  cutting.cuts += 1;
  return true;
}

function join(client: Socket, redis: Socket, cutsReply: () => boolean): void {
  const end = () => {
    if (!client.destroyed) client.resetAndDestroy();
    redis.destroy();
  };
  for (const socket of [client, redis]) {
    socket.on('error', end);
    socket.on('close', end);
  }
  client.on('data', (bytes) => {
    if (!redis.write(bytes)) client.pause();
  });
  redis.on('drain', () => client.resume());
  redis.on('data', (bytes) => {
    if (cutsReply()) end();
    else if (!client.write(bytes)) redis.pause();
  });
  client.on('drain', () => redis.resume());
}
