import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, runIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';

/** A run that has not ended. */
export interface DueRun {
  readonly runId: RunId;
  /** Until its deadline; 0 or less when it has passed. */
  readonly inMs: number;
}

/** Finds runs by their deadline, by the store's clock. Throws CaluteError `store_unavailable`. */
export interface OverdueRuns {
  /** Those whose deadline has passed or will within `withinMs`, the longest overdue first. */
  list(limit: number, withinMs: number): Promise<DueRun[]>;
}

export function createOverdueRuns(redis: Redis, keys: Keys): OverdueRuns {
  return {
    async list(limit, withinMs) {
      const [seconds, microseconds] = timeSchema.parse(await orStoreError(redis.time()));
      const now = seconds * 1000 + Math.floor(microseconds / 1000);
      const until = now + withinMs;
      const found = await orStoreError(
        redis.zrangebyscore(keys.live, '-inf', until, 'WITHSCORES', 'LIMIT', 0, limit),
      );
      return pairsOf(found).map(([id, deadline]) => ({
        runId: runIdSchema.parse(id),
        inMs: Number(deadline) - now,
      }));
    },
  };
}

const timeSchema = z.tuple([z.coerce.number(), z.coerce.number()]);

function pairsOf(replies: readonly string[]): [string, string][] {
  return replies.flatMap((id, index) => (index % 2 === 0 ? [[id, replies[index + 1] ?? '']] : []));
}
