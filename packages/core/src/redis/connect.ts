import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { within } from '../async/within.ts';
import type { ErrorReport } from './error-report.ts';
import { readRedisAddress, type Server } from './redis-address.ts';
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
  const { options, nodes } = readRedisAddress(url, caFile);
  return nodes ? connectCluster(nodes, options, role, report) : connectServer(options, role, report);
}

/** A connection to one node of a Cluster that is not made again once it is cut. */
export function connectNode(url: string, node: Server, report: ErrorReport, caFile?: string): Redis {
  const { options } = readRedisAddress(url, caFile);
  const once = { retryStrategy: () => null, commandTimeout: commandTimeoutMs };
  return connectServer({ ...options, ...node }, 'subscriber', report, once);
}

function connectServer(
  given: ConnectOptions,
  role: RedisRole,
  report: ErrorReport,
  more: ConnectOptions = {},
): Redis {
  const redis = new Redis({ ...given, ...roleOptions[role], ...commonOptions(role), ...more });
  redis.on('error', (error: Error) => report(error, role));
  if (role !== 'subscriber') writeOncePerTurn(redis);
  return redis;
}

function commonOptions(role: RedisRole): ConnectOptions {
  return {
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
}

/** How often a command is sent again while the Cluster moves slots or fails over: an API's within its timeout, a worker's for long. */
const clusterTries: Readonly<Record<RedisRole, number>> = {
  command: 16,
  worker: 100_000,
  subscriber: 100_000,
};

/** All nodes of a Cluster as one connection: each command goes to the node of its keys, and again where that has changed. */
function connectCluster(
  nodes: readonly Server[],
  given: ConnectOptions,
  role: RedisRole,
  report: ErrorReport,
): Redis {
  const { retryStrategy: _, ...common } = commonOptions(role);
  const cluster = new Cluster([...nodes], {
    redisOptions: { ...given, ...roleOptions[role], ...common },
    enableOfflineQueue: role !== 'command',
    maxRedirections: clusterTries[role],
    // Of a node that is told off twice in a row, so that nobody asks without a pause.
    retryDelayOnMoved: 5,
    clusterRetryStrategy: retryDelayMs,
    slotsRefreshTimeout: commandTimeoutMs,
    // A certificate is for a name.
    ...(given.tls ? { dnsLookup: keepName } : {}),
  });
  cluster.on('error', (error: Error) => report(error, role));
  cluster.on('node error', (error: Error) => report(error, role));
  if (role !== 'subscriber') cluster.on('+node', writeOncePerTurn);
  return cluster as unknown as Redis; // because of a connection only what both have is used: commands, scripts, status and events
}

function keepName(host: string, callback: (error: null, address: string) => void): void {
  callback(null, host);
}

/** The servers behind a connection: one, or the primaries of a Cluster. */
export function nodesOf(redis: Redis): readonly Redis[] {
  const cluster = redis as unknown as Pick<Cluster, 'nodes'>; // because `connectCluster` says that it is what it is not
  return redis.isCluster ? cluster.nodes('master') : [redis];
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
