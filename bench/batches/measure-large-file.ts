import { closeRedis } from '@calute/core/redis/connect';
import { openRedis } from '@calute/core/redis/open-redis';
import type { BenchGround } from '../ground/start-ground.ts';
import { startCalute } from '../peers/start-calute.ts';
import { readUsage } from '../rounds/process-usage.ts';
import { createBatchClient, writeLines } from './batch-client.ts';
import type { BatchSizes } from './batch-sizes.ts';
import { watchPeak } from './watch-peak.ts';

/** What a batch of a file as large as one may be takes, from its upload to its last line. */
export interface LargeFile {
  readonly lines: number;
  readonly lineBytes: number;
  readonly seconds: number;
  /** The most above what was held before; absent where the system does not tell. */
  readonly apiBytes: number | undefined;
  readonly workerBytes: number | undefined;
  /** As Redis itself counts. */
  readonly redisBytes: number | undefined;
}

const closeMs = 1000;

export async function measureLargeFile(
  ground: BenchGround,
  { lines, lineBytes }: BatchSizes,
): Promise<LargeFile> {
  const path = await writeLines(ground.dir, { lines, lineBytes });
  const calute = await startCalute(ground, { name: 'large-file', env: { FILES_DIR: `${ground.dir}/files` } });
  const client = createBatchClient(calute.target);
  const report = ({ message }: Error) => process.stderr.write(`Redis: ${message}\n`);
  const redis = await openRedis(calute.redisUrl, 'worker', report);
  ground.stack.defer(() => closeRedis(redis, closeMs));
  const rssOf = (role: 'api' | 'worker') => async () => {
    const pid = calute.processes.find((process) => process.role === role)?.pid;
    return pid === undefined ? undefined : (await readUsage(pid))?.rssBytes;
  };
  const readers = [rssOf('api'), rssOf('worker'), () => usedMemory(redis)] as const;
  const idle = await Promise.all(readers.map((read) => read()));
  const watches = readers.map(watchPeak);
  const startedAt = performance.now();
  await client.waitFor(await client.submit(path), lines);
  const seconds = (performance.now() - startedAt) / 1000;
  const peaks = await Promise.all(watches.map((watch) => watch.stop()));
  const [apiBytes, workerBytes, redisBytes] = peaks.map((peak, index) => {
    const before = idle[index];
    return peak === undefined || before === undefined ? undefined : peak - before;
  });
  return { lines, lineBytes, seconds, apiBytes, workerBytes, redisBytes };
}

async function usedMemory(redis: Awaited<ReturnType<typeof openRedis>>): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
