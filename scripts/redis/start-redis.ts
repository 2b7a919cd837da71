import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '@calute/core/process/start-error';
import { adoptRedis, dataDirOf, forgetRedis, rememberRedis } from './adopt-redis.ts';
import type { RedisSource } from './find-redis.ts';
import { freePort } from './free-port.ts';
import { choosePort, keepPort } from './kept-port.ts';
import { lockFolder } from './lock-folder.ts';
import { redisCommand } from './redis-command.ts';
import { type RedisProcess, spawnRedis } from './spawn-redis.ts';

/** A private Redis on loopback. It comes back on the same port when its process dies, with what its log holds. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** Ends it in order; its data stay. Idempotent. */
  stop(): Promise<void>;
}

export interface StartRedisOptions {
  /** `.calute`: the data lie in its folder `redis`, and `redis.json` says where the server is. One server at a time. */
  readonly dir: string;
  readonly source: Extract<RedisSource, { kind: 'program' | 'container' }>;
  readonly report: (line: string) => void;
}

const startTries = 3;
const maxRestartDelayMs = 2000;

/** Starts Redis, or takes over the one that a killed start has left in `dir`. Throws StartError, a sentence to show. */
export async function startRedis({ dir, source, report }: StartRedisOptions): Promise<RedisServer> {
  const stateDir = resolve(dir);
  await mkdir(dataDirOf(stateDir), { recursive: true });
  const lock = await lockFolder(stateDir);
  if (lock.outcome === 'held') {
    throw new StartError(
      `Another start (process ${lock.pid}) runs in this folder: stop it, or give this one its own REDIS_URL, PORT and ADMIN_PORT.`,
    );
  }
  try {
    const first = (await adoptRedis(stateDir)) ?? (await startOnFreePort(source, stateDir));
    await rememberRedis(stateDir, first);
    await keepPort(stateDir, first.port);
    const keeper = keepAlive(first, { source, stateDir, report });
    const stop = async () => {
      await keeper.stop();
      await forgetRedis(stateDir);
      await lock.release();
    };
    return { url: first.url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Another process may take the port first, so an early end is tried again on another one. */
async function startOnFreePort(source: StartRedisOptions['source'], stateDir: string): Promise<RedisProcess> {
  const dir = dataDirOf(stateDir);
  for (let tries = 1; ; tries += 1) {
    const port = tries === 1 ? await choosePort(stateDir) : await freePort();
    const command = await redisCommand(source, { dir, port });
    try {
      return await spawnRedis({ command, port, logDir: dir });
    } catch (error) {
      if (tries === startTries) throw error;
    }
  }
}

interface KeepOptions {
  readonly source: StartRedisOptions['source'];
  readonly stateDir: string;
  readonly report: (line: string) => void;
}

/** Starts it again on the same port whenever it ends, until told to stop. */
function keepAlive(
  first: RedisProcess,
  { source, stateDir, report }: KeepOptions,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let current = first;
  const restart = async () => {
    const command = await redisCommand(source, { dir: dataDirOf(stateDir), port: first.port });
    current = await spawnRedis({ command, port: first.port, logDir: dataDirOf(stateDir) });
    await rememberRedis(stateDir, current);
  };
  const loop = async () => {
    for (let delayMs = 100; !stopping.signal.aborted; delayMs = Math.min(2 * delayMs, maxRestartDelayMs)) {
      await current.ended;
      if (stopping.signal.aborted) return;
      report('calute: Redis ended; it is started again');
      await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined); // because the condition looks
      if (!stopping.signal.aborted)
        await restart().catch((error: Error) => report(`calute: ${error.message}`));
    }
  };
  const kept = loop();
  return {
    async stop() {
      stopping.abort();
      await current.stop();
      await kept;
      // A restart may have been under way when the stop came.
      await current.stop();
    },
  };
}
