import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { type RedisServerProcess, startRedisServer } from './redis-server.ts';

export interface Sentinels extends AsyncDisposable {
  /** Names the three of them. */
  readonly url: string;
  readonly primary: RedisServerProcess;
  readonly replica: RedisServerProcess;
}

/** A primary, its replica and three Sentinels that put the replica in its place when it is away for half a second. */
export async function startSentinels(): Promise<Sentinels> {
  await using opened = new AsyncDisposableStack();
  const primary = opened.use(await startRedisServer([]));
  const replica = opened.use(await startRedisServer(['--replicaof', '127.0.0.1', String(primary.port)]));
  const config = [
    `sentinel monitor primary 127.0.0.1 ${primary.port} 2`,
    'sentinel down-after-milliseconds primary 500',
    'sentinel failover-timeout primary 2000',
  ];
  const configIn = async (dir: string) => {
    const path = join(dir, 'sentinel.conf');
    await writeFile(path, `${config.join('\n')}\n`);
    return path;
  };
  const ports: number[] = [];
  for (let count = 0; count < 3; count += 1)
    ports.push(opened.use(await startRedisServer([], configIn)).port);
  await Promise.all(ports.map(untilComplete));
  const open = opened.move();
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return {
    url: `redis-sentinel://${hosts}/primary`,
    primary,
    replica,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Until this Sentinel knows the replica, in step with its primary, and the other two Sentinels. */
async function untilComplete(port: number): Promise<void> {
  const redis = connectRedis(`redis://127.0.0.1:${port}`, 'worker', () => undefined);
  try {
    for (let tries = 0; tries < 300; tries += 1) {
      const sentinels = await redis.call('SENTINEL', 'SENTINELS', 'primary');
      const replicas = JSON.stringify(await redis.call('SENTINEL', 'REPLICAS', 'primary'));
      if (Array.isArray(sentinels) && sentinels.length === 2 && replicas.includes('"ok"')) return;
      await wait(50);
    }
    throw new Error('The Sentinels did not find each other and the replica.');
  } finally {
    await closeRedis(redis, 500);
  }
}
