import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, runIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';

/** Finds runs that are past their deadline, by the store's clock. Throws CaluteError `store_unavailable`. */
export interface OverdueRuns {
  /** Not ended, the longest overdue first. */
  list(limit: number): Promise<RunId[]>;
}

export function createOverdueRuns(redis: Redis, keys: Keys): OverdueRuns {
  return {
    async list(limit) {
      const [seconds, microseconds] = timeSchema.parse(await orStoreError(redis.time()));
      const now = seconds * 1000 + Math.floor(microseconds / 1000);
      const ids = await orStoreError(redis.zrangebyscore(keys.live, '-inf', now, 'LIMIT', 0, limit));
      return ids.map((id) => runIdSchema.parse(id));
    },
  };
}

const timeSchema = z.tuple([z.coerce.number(), z.coerce.number()]);
