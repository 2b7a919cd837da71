import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectRedis, nodesOf, whenReady } from '@calute/core/redis/connect';
import { z } from 'zod';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import { startRedisCluster } from '../support/start-redis-cluster.ts';
import type { LoadOrder } from './load-order.ts';

/** Measures one Redis beside a Cluster of three: `npm run bench:cluster`, `-- SECONDS PROCESSES` for other lengths. */
const [seconds = 10, processes = 3] = process.argv.slice(2).map(Number);
const partitions = 12;
const doneSchema = z.object({ done: z.number() });

interface Server {
  readonly name: string;
  readonly url: string;
  readonly partitions: number;
}

process.stdout.write(`${processes} processes of load, ${seconds} s each\n`);
process.stdout.write('store | what | a second | CPU of Redis each | of it on the busiest node\n');
{
  await using redis = await startPrivateRedis({ aof: true });
  await measure({ name: 'one Redis', url: redis.url, partitions: 1 });
  await measure({ name: `one Redis, ${partitions} partitions`, url: redis.url, partitions });
}
{
  await using cluster = await startRedisCluster();
  await measure({ name: `Cluster of 3, ${partitions} partitions`, url: cluster.url, partitions });
}

async function measure({ name, ...server }: Server): Promise<void> {
  for (const kind of ['frames', 'runs'] as const) {
    const before = await readCpu(server.url);
    const order = { ...server, kind, lastsMs: seconds * 1000 };
    const loads = Array.from({ length: processes }, () => startLoad(order));
    const counts = await Promise.all(loads.map(({ done }) => done));
    const after = await readCpu(server.url);
    await Promise.all(loads.map(({ stop }) => stop()));
    const done = counts.reduce((total, count) => total + count, 0);
    const used = after.map((cpu, at) => cpu - (before[at] ?? 0));
    const sum = used.reduce((total, one) => total + one, 0);
    const each = `${((sum / done) * 1e6).toFixed(1)} us`;
    const share = `${Math.round((Math.max(...used) / sum) * 100)} %`;
    process.stdout.write(`${name} | ${kind} | ${Math.round(done / seconds)} | ${each} | ${share}\n`);
  }
}

function startLoad(order: LoadOrder) {
  const child = fork(fileURLToPath(new URL('./load-main.ts', import.meta.url)), {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const exited = once(child, 'exit');
  child.send(order);
  const first = Promise.race([once(child, 'message'), exited.then(() => [undefined])]);
  return {
    done: first.then(([message]) => doneSchema.parse(message).done),
    async stop() {
      if (child.connected) child.send('stop');
      await exited;
    },
  };
}

/** Seconds of each node. */
async function readCpu(url: string): Promise<number[]> {
  const redis = connectRedis(url, 'worker', () => undefined);
  try {
    await whenReady(redis, AbortSignal.timeout(5000));
    const infos = await Promise.all(nodesOf(redis).map((node) => node.info('cpu')));
    const figure = (info: string, name: string) =>
      Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
    return infos.map((info) => figure(info, 'used_cpu_user') + figure(info, 'used_cpu_sys'));
  } finally {
    redis.disconnect();
  }
}
