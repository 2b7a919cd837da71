import { Redis, type RedisOptions } from 'ioredis';
import { within } from '../async/within.ts';
import type { ErrorReport } from './error-report.ts';
import { readRedisAddress } from './redis-address.ts';
import { writeOncePerTurn } from './write-once-per-turn.ts';

/** `command`: requests of the API, which fail fast. `worker`: queue and blocking commands, which wait. `subscriber`: channels. */
export type RedisRole = 'command' | 'worker' | 'subscriber';

/** Replies keep ioredis' default shapes, which its constructor's type wants to be sure of. */
type ConnectOptions = Omit<RedisOptions, 'replyMapping'>;

/** How long a command of the API waits for its answer. */
export const commandTimeoutMs = 2000;

const roleOptions: Readonly<Record<RedisRole, ConnectOptions>> = {
  command: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: commandTimeoutMs },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null },
};

const maxRetryMs = 2000;

/**
 * A connection that reconnects for ever, is named `calute:<role>:<pid>` and reports its errors instead of raising them.
 * It starts to connect at once; a `command` connection refuses commands until it is ready (see `whenReady`).
 * `rediss://` means TLS, with `caFile` as what to trust; user, password and database come from the URL. Throws StartError.
 */
export function connectRedis(url: string, role: RedisRole, report: ErrorReport, caFile?: string): Redis {
  const options: ConnectOptions = {
    ...readRedisAddress(url, caFile).options,
    ...roleOptions[role],
    // How long a cut waits for a silent peer to close its side, before pending commands are rejected.
    disconnectTimeout: 100,
    // Redis before 7.2 does not know it, and a user with few rights may not say it.
    disableClientInfo: true,
    connectionName: `calute:${role}:${process.pid}`,
    retryStrategy: retryDelayMs,
    sentinelRetryStrategy: retryDelayMs,
    // ioredis takes Redis's first guess at its loading time for a fact and waits up to 10 s of a load that takes one:
    // by then every worker has lost its locks.
    maxLoadingRetryTime: 250,
    // After a failover the old address may be a replica: only a new connection finds the primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY '),
  };
  const redis = new Redis(options);
  redis.on('error', (error: Error) => report(error, role));
  if (role !== 'subscriber') writeOncePerTurn(redis);
  return redis;
}

/** Resolves once the connection can take commands; rejects with the signal's reason when that aborts first. */
export async function whenReady(redis: Redis, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (redis.status === 'ready') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  redis.once('ready', resolve);
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    redis.off('ready', resolve);
  }
}

/** Lets what is in flight finish for at most `boundMs`, then cuts the connection. Never throws; safe to call twice. */
export async function closeRedis(redis: Redis, boundMs: number): Promise<void> {
  if (redis.status === 'end') return;
  const quit = redis.quit().catch(() => undefined); // because a refused QUIT only means that it is cut below
  await within(boundMs, quit);
  cut(redis);
}

/**
 * ioredis 6.0.0 keeps queued commands pending for ever when it is disconnected between two tries to connect; one more
 * try, cut at once, makes it reject them and reach the status `end`.
 */
function cut(redis: Redis): void {
  const betweenTries = redis.status === 'reconnecting';
  redis.disconnect();
  if (!betweenTries) return;
  redis.connect().catch(() => undefined);
  redis.disconnect();
}

/** ioredis' own back-off made the first job after an outage wait 13 s; the jitter keeps replicas apart. */
function retryDelayMs(attempt: number): number {
  const backoffMs = Math.min(50 * 2 ** (attempt - 1), maxRetryMs);
  return backoffMs + Math.random() * 0.2 * backoffMs;
}
