import { StartError } from '@calute/core/process/start-error';
import { judgeAddress, judgeServer, type ServerVerdict } from '@calute/core/redis/judge-server';
import { type RedisAddress, readRedisAddress } from '@calute/core/redis/redis-address';
import { Redis } from 'ioredis';
import { redisFault } from './redis-fault.ts';

export type RedisCheck =
  | { readonly outcome: 'usable'; readonly warnings: readonly string[] }
  /** One sentence that says what to do; never the password. */
  | { readonly outcome: 'unusable'; readonly message: string };

const connectMs = 3000;

/** Whether the Redis of REDIS_URL answers to us, and whether its settings keep accepted runs. Takes 3 s at most. */
export async function checkRedis(
  url: string,
  boundMs = connectMs,
  caFile = process.env['REDIS_CA_FILE'],
): Promise<RedisCheck> {
  let address: RedisAddress;
  try {
    address = readRedisAddress(url, caFile || undefined);
  } catch (error) {
    if (error instanceof StartError) return { outcome: 'unusable', message: error.message };
    throw error;
  }
  const [node] = address.nodes ?? [];
  // One node of a Cluster that answers is enough here; the roles look at all of them.
  const redis = new Redis({
    ...address.options,
    ...node,
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    connectionName: `calute:check:${process.pid}`,
  });
  // The error event has the cause; the promise often has only "Connection is closed".
  let cause: unknown;
  redis.on('error', (error: Error) => {
    cause ??= error;
  });
  try {
    const { refusals, warnings } = await Promise.race([ask(redis), rejectAfter(boundMs)]);
    if (refusals.length > 0) return { outcome: 'unusable', message: `${refusals.join('; ')}.` };
    return { outcome: 'usable', warnings: [...warnings, ...judgeAddress(address)] };
  } catch (error) {
    return { outcome: 'unusable', message: redisFault(address, cause ?? error) };
  } finally {
    redis.disconnect();
  }
}

async function ask(redis: Redis): Promise<ServerVerdict> {
  await redis.connect();
  await redis.ping();
  return judgeServer(redis);
}

function rejectAfter(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  AbortSignal.timeout(ms).addEventListener('abort', () => reject(new Error('timeout')), { once: true });
  return promise;
}
