import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../scripts/redis/free-port.ts';
import { programCommand } from '../../scripts/redis/redis-command.ts';
import { type RedisProcess, spawnRedis } from '../../scripts/redis/spawn-redis.ts';
import type { BenchGround } from './start-ground.ts';

/** With the log on disk written every second, as Calute's own start does; `name` tells readers of its log what it is for. */
export async function startBenchRedis(
  { stack, dir, redisProgram }: BenchGround,
  name: string,
): Promise<RedisProcess> {
  const dataDir = await mkdtemp(join(dir, `redis-${name}-`));
  const port = await freePort();
  const redis = await spawnRedis({
    command: programCommand(redisProgram, { dir: dataDir, port }),
    port,
    logDir: dataDir,
  });
  // It outlives this process unless it is told: a signal may have ended all the rest while it started.
  if (stack.disposed) await redis.stop();
  stack.defer(() => redis.stop());
  return redis;
}
