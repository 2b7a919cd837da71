import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, runIdSchema } from '../ids.ts';
import type { Keys } from '../redis/keys.ts';
import { toStoreError } from '../redis/store-error.ts';

/** Finds runs that need somebody to look after them, by the store's clock. Throws CaluteError `store_unavailable`. */
export interface RunIndex {
  /** Runs that are past their deadline and not ended, the longest overdue first. */
  overdue(limit: number): Promise<RunId[]>;
  /**
   * Runs that no worker has claimed since they were last returned, or since they were accepted, `olderThanMs` ago:
   * perhaps they never reached the queue.
   */
  unclaimed(options: { readonly olderThanMs: number; readonly limit: number }): Promise<RunId[]>;
}

export function createRedisRunIndex(redis: Redis, keys: Keys): RunIndex {
  return {
    overdue: async (limit) => {
      const now = await storeTime(redis);
      return parseIds(await attempt(redis.zrangebyscore(keys.live, '-inf', now, 'LIMIT', 0, limit)));
    },
    unclaimed: async ({ olderThanMs, limit }) => {
      const now = await storeTime(redis);
      const oldest = redis.zrangebyscore(keys.waiting, '-inf', now - olderThanMs, 'LIMIT', 0, limit);
      const ids = parseIds(await attempt(oldest));
      // Moved to the back, so that a long backlog is gone through in turn.
      if (ids.length > 0) await attempt(redis.zadd(keys.waiting, 'XX', ...ids.flatMap((id) => [now, id])));
      return ids;
    },
  };
}

async function storeTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = z
    .tuple([z.coerce.number(), z.coerce.number()])
    .parse(await attempt(redis.time()));
  return seconds * 1000 + Math.floor(microseconds / 1000);
}

function parseIds(ids: readonly string[]): RunId[] {
  return ids.map((id) => runIdSchema.parse(id));
}

async function attempt<Reply>(command: Promise<Reply>): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw toStoreError(error);
  }
}
