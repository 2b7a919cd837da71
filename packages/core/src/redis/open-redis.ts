import type { Redis } from 'ioredis';
import { StartError } from '../process/start-error.ts';
import { connectRedis, type RedisRole, whenReady } from './connect.ts';
import type { ErrorReport } from './error-report.ts';
import { judgeAddress, judgeServer } from './judge-server.ts';
import { readRedisAddress } from './redis-address.ts';

/** How long a role waits for Redis when it starts. */
const startMs = 10_000;

/** A connection that is ready. Throws StartError, without the password, when Redis does not answer in time. */
export async function openRedis(
  url: string,
  role: RedisRole,
  report: ErrorReport,
  caFile?: string,
): Promise<Redis> {
  let last: Error | undefined;
  const redis = connectRedis(
    url,
    role,
    (error, from) => {
      last = error;
      report(error, from);
    },
    caFile,
  );
  try {
    await whenReady(redis, AbortSignal.timeout(startMs));
    return redis;
  } catch {
    redis.disconnect();
    const { at } = readRedisAddress(url, caFile);
    const reason = last ? ` (${last.message})` : '';
    throw new StartError(
      `Redis at ${at} does not answer${reason}; check REDIS_URL, its user and its password.`,
    );
  }
}

/**
 * Refuses a Redis that cannot keep runs, and warns of one that may lose them or is open to all. Throws StartError.
 */
export async function checkServer(redis: Redis, url: string, warn: (warning: string) => void): Promise<void> {
  const address = readRedisAddress(url);
  const { refusals, warnings } = await judgeServer(redis).catch((error: Error) => {
    throw new StartError(
      `Redis at ${address.at} does not tell its settings (${error.message}); check REDIS_URL.`,
    );
  });
  if (refusals.length > 0) throw new StartError(`Redis cannot be used: ${refusals.join('; ')}.`);
  for (const warning of [...warnings, ...judgeAddress(address)]) warn(warning);
}
