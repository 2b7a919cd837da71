import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { requireRedisProgram } from '../../scripts/redis/find-redis.ts';
import { programCommand } from '../../scripts/redis/redis-command.ts';
import { spawnRedis } from '../../scripts/redis/spawn-redis.ts';
import { quietPort } from './quiet-port.ts';

/** A Redis with an append-only file, which is killed and started again on it. */
export interface ChaosRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly isUp: boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** SIGSTOP for so long: connections stand and nothing is answered. */
  stopFor(lastsMs: number): Promise<void>;
}

export async function startChaosRedis(): Promise<ChaosRedis> {
  const path = await requireRedisProgram({ env: process.env, report: () => undefined });
  const dir = await mkdtemp(join(tmpdir(), 'calute-chaos-redis-'));
  const port = await quietPort();
  const spawn = () =>
    // Its process is killed, not the machine: what it has answered is then kept however slow the disk is.
    spawnRedis({ command: programCommand(path, { dir, port, aof: true, fsync: 'no' }), port, logDir: dir });
  let redis: Awaited<ReturnType<typeof spawn>> | undefined = await spawn();
  const kill = async () => {
    const running = redis;
    redis = undefined;
    if (running === undefined) return;
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
  };
  return {
    url: redis.url,
    port,
    get isUp() {
      return redis !== undefined;
    },
    kill,
    async start() {
      redis = await spawn();
    },
    async stopFor(lastsMs) {
      const { pid } = redis ?? {};
      if (pid === undefined) return;
      process.kill(pid, 'SIGSTOP');
      await delay(lastsMs);
      process.kill(pid, 'SIGCONT');
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
