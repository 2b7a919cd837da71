import { Redis } from 'ioredis';
import { redisFault } from './redis-fault.ts';

export type RedisCheck =
  | { readonly outcome: 'usable'; readonly warnings: readonly string[] }
  /** One sentence that says what to do; never the password. */
  | { readonly outcome: 'unusable'; readonly message: string };

const connectMs = 3000;

/** Whether the Redis of REDIS_URL answers to us, and whether its settings keep accepted runs. Takes 3 s at most. */
export async function checkRedis(url: string, boundMs = connectMs): Promise<RedisCheck> {
  if (!isRedisUrl(url)) {
    return {
      outcome: 'unusable',
      message: 'REDIS_URL must look like redis://host:6379 or rediss://user:password@host:6379.',
    };
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
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
    const warnings = await Promise.race([ask(redis), rejectAfter(boundMs)]);
    return { outcome: 'usable', warnings };
  } catch (error) {
    return { outcome: 'unusable', message: redisFault(url, cause ?? error) };
  } finally {
    redis.disconnect();
  }
}

async function ask(redis: Redis): Promise<string[]> {
  await redis.connect();
  await redis.ping();
  const warnings: string[] = [];
  const policy = await setting(redis, 'maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `this Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which loses runs: set it to noeviction`,
    );
  }
  if ((await setting(redis, 'appendonly')) === 'no') {
    warnings.push('this Redis keeps no append-only file, so a crash of it loses runs: set appendonly yes');
  }
  return warnings;
}

/** Undefined where CONFIG is refused, as hosted Redis does: nothing is known then, which is nothing to warn of. */
async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const reply: unknown = await redis.config('GET', name).catch(() => []);
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}

function rejectAfter(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  AbortSignal.timeout(ms).addEventListener('abort', () => reject(new Error('timeout')), { once: true });
  return promise;
}

function isRedisUrl(url: string): boolean {
  return URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
}
