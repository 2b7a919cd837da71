import type { Redis } from 'ioredis';
import { StartError } from '../process/start-error.ts';
import { createKeys } from '../redis/keys.ts';
import { globalPrefix } from '../redis/partitioning.ts';

interface PartitionsConfig {
  readonly REDIS_PARTITIONS?: number;
  readonly CALUTE_PREFIX: string;
}

/** Where the number of partitions stands; the same whatever it is. */
function nameOfCount(prefix: string): string {
  return `${prefix}:partitions`;
}

/**
 * Keeps the number of partitions with which an installation starts for the first time, and refuses any other later: runs would not be
 * found, and limits would not hold. Throws StartError.
 */
export async function fixPartitions(redis: Redis, config: PartitionsConfig): Promise<void> {
  const { REDIS_PARTITIONS: partitions = 1, CALUTE_PREFIX: prefix } = config;
  if (partitions > 1 && /[{}]/.test(prefix)) {
    throw new StartError(
      'CALUTE_PREFIX must not have { or } with several REDIS_PARTITIONS: each partition has a hash tag of its own.',
    );
  }
  const fixed = await fix(redis, prefix, partitions).catch((error: Error) => {
    // A user of Redis with the rights that were enough for an earlier version.
    if (partitions === 1 && error.message.startsWith('NOPERM ')) return 1;
    throw error;
  });
  if (fixed === partitions) return;
  throw new StartError(
    `REDIS_PARTITIONS is ${partitions}, and this installation began with ${fixed}: set it to ${fixed}, or begin another installation with another CALUTE_PREFIX.`,
  );
}

/** The number that counts from now on. */
async function fix(redis: Redis, prefix: string, partitions: number): Promise<number> {
  const fixed = await findFixed(redis, prefix);
  if (fixed !== undefined && fixed !== partitions) return fixed;
  const before = await redis.set(nameOfCount(prefix), String(partitions), 'NX', 'GET');
  return before === null ? partitions : Number(before);
}

/** The number of partitions that an installation has; 1 where none has started. */
export async function readPartitions(redis: Redis, prefix: string): Promise<number> {
  return (await findFixed(redis, prefix)) ?? 1;
}

async function findFixed(redis: Redis, prefix: string): Promise<number | undefined> {
  const fixed = await redis.get(nameOfCount(prefix));
  if (fixed !== null) return Number(fixed);
  return (await isOlder(redis, prefix)) ? 1 : undefined;
}

/** Whether it has had runs before the number was kept. */
async function isOlder(redis: Redis, prefix: string): Promise<boolean> {
  const { listedRuns } = createKeys(globalPrefix({ prefix, isCluster: redis.isCluster }));
  return (await redis.exists(listedRuns)) > 0;
}
