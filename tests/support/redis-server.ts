import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireRedisProgram } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { redisArguments } from '../../scripts/redis/redis-arguments.ts';
import { spawnRedis } from '../../scripts/redis/spawn-redis.ts';

export interface RedisServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly dir: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

const programStartMs = 60_000;

/** A redis-server with further arguments; or what `mode` makes of it, which then takes those alone. */
export async function startRedisServer(
  args: readonly string[],
  sentinelConfig?: (dir: string) => Promise<string>,
): Promise<RedisServerProcess> {
  const file = await requireRedisProgram({ env: process.env, report: () => undefined });
  const dir = await mkdtemp(join(tmpdir(), 'calute-redis-'));
  const port = await freePort();
  const own = sentinelConfig
    ? [await sentinelConfig(dir), '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
    : redisArguments({ port, dir });
  const command = { file, args: [...own, ...args], startMs: programStartMs };
  const { ended, pid } = await spawnRedis({ command, port, logDir: dir });
  let isGone = false;
  void ended.then(() => {
    isGone = true;
  });
  const kill = async () => {
    if (!isGone) process.kill(pid, 'SIGKILL');
    await ended;
  };
  return {
    port,
    dir,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
