import type { Redis } from 'ioredis';
import { StartError } from '../process/start-error.ts';
import { connectRedis, type RedisRole, whenReady } from './connect.ts';
import type { ErrorReport } from './error-report.ts';

/** How long a role waits for Redis when it starts. */
const startMs = 10_000;

/** A connection that is ready. Throws StartError, without the password, when Redis does not answer in time. */
export async function openRedis(url: string, role: RedisRole, report: ErrorReport): Promise<Redis> {
  let last: Error | undefined;
  const redis = connectRedis(url, role, (error, from) => {
    last = error;
    report(error, from);
  });
  try {
    await whenReady(redis, AbortSignal.timeout(startMs));
    return redis;
  } catch {
    redis.disconnect();
    const { host } = new URL(url);
    const reason = last ? ` (${last.message})` : '';
    throw new StartError(
      `Redis at ${host} does not answer${reason}; check REDIS_URL, its user and its password.`,
    );
  }
}
