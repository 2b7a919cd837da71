import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireRedisProgram } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { programCommand } from '../../scripts/redis/redis-command.ts';
import { type RedisProcess, spawnRedis } from '../../scripts/redis/spawn-redis.ts';

export interface PrivateRedisOptions {
  /** Whether it keeps what was written when it is killed (but for the last second). */
  readonly aof: boolean;
  /** As Redis takes it: `32mb`. */
  readonly maxmemory?: string;
}

/** A redis-server process of one test, which may do anything to it. */
export interface PrivateRedis extends AsyncDisposable {
  /** The same after every restart. */
  readonly url: string;
  readonly port: number;
  /** Where its data lies. */
  readonly dir: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it in order; resolves when it is gone. */
  stop(): Promise<void>;
  /** Starts it again after `kill` or `stop`, on the same port and data. */
  start(): Promise<void>;
  /** SIGSTOP: connections stand and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** Starts a Redis with data of its own: `await using redis = await startPrivateRedis({ aof: true })`. */
export async function startPrivateRedis({ aof, maxmemory }: PrivateRedisOptions): Promise<PrivateRedis> {
  const path = await requireRedisProgram({ env: process.env, report: () => undefined });
  const dir = await mkdtemp(join(tmpdir(), 'calute-redis-'));
  const port = await freePort();
  const command = programCommand(path, { dir, port, aof, ...(maxmemory === undefined ? {} : { maxmemory }) });
  const spawn = () => spawnRedis({ command, port, logDir: dir });
  let redis: RedisProcess = await spawn();
  const signal = (name: NodeJS.Signals) => void process.kill(redis.pid, name);
  const kill = async () => {
    if (await isRunning(redis)) signal('SIGKILL');
    await redis.ended;
  };
  return {
    url: redis.url,
    port,
    dir,
    kill,
    stop: () => redis.stop(),
    async start() {
      redis = await spawn();
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Its id may belong to another process once it has ended. */
async function isRunning({ ended }: RedisProcess): Promise<boolean> {
  return Promise.race([ended.then(() => false), Promise.resolve().then(() => true)]);
}
