import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireRedisProgram } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { redisArguments } from '../../scripts/redis/redis-arguments.ts';
import { type RedisProcess, spawnRedis } from '../../scripts/redis/spawn-redis.ts';

export interface RedisServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly dir: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and data. */
  start(): Promise<void>;
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
  let running: RedisProcess | undefined;
  const start = async () => {
    const spawned = await spawnRedis({ command, port, logDir: dir });
    running = spawned;
    void spawned.ended.then(() => {
      if (running === spawned) running = undefined;
    });
  };
  const kill = async () => {
    const last = running;
    if (last) process.kill(last.pid, 'SIGKILL');
    await last?.ended;
  };
  await start();
  // A run that is broken off skips what is disposed of.
  const killAtExit = () => void (running && process.kill(running.pid, 'SIGKILL'));
  process.once('exit', killAtExit);
  return {
    port,
    dir,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      process.off('exit', killAtExit);
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
