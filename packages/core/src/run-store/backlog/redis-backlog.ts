import type { Redis } from 'ioredis';
import { z } from 'zod';
import { gatherCalls } from '../../async/gather-calls.ts';
import { type RunId, runIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';
import type { defineScripts } from '../scripts.ts';
import type { Backlog } from './backlog.ts';
import { runClassSchema } from './place.ts';
import { toLoad } from './read-load.ts';

export interface RedisBacklogParts {
  readonly scripts: ReturnType<typeof defineScripts>;
  readonly keys: Keys;
  readonly redis: Redis;
  /** How long a run that was offered may be without a worker before its job is added again. */
  readonly offerMs: number;
}

/** Bounds the time of one step. */
const mostAtOnce = 64;
/** After so many runs of other classes one of a patient class starts, so that it is never starved. */
const patientShare = 16;
/** What rates remember: short enough to follow a burst, long enough not to follow single runs. */
const forgetMs = 30_000;

export function createRedisBacklog({ scripts, keys, redis, offerMs }: RedisBacklogParts): Backlog {
  const { backlog, leases, deferred } = keys;
  const add = gatherCalls(async (runIds: readonly RunId[]) => {
    await scripts.add([backlog, leases, deferred, ...runIds.map(keys.run)], runIds);
  });
  return {
    add,
    async release() {
      const args = [keys.runs, mostAtOnce, offerMs, patientShare];
      const reply = releasedSchema.parse(await scripts.release([backlog, leases, deferred], args));
      const runs = reply.flatMap((entry) =>
        typeof entry === 'number' ? [] : [{ runId: entry[0], epoch: entry[1] }],
      );
      return { runs, waiting: z.number().parse(reply.at(-1)) };
    },
    async size() {
      const figures = await orStoreError(redis.hmget(backlog, 'waiting', 'slots', 'capacity'));
      const [waiting = 0, offered = 0, room = 0] = figures.map(Number);
      return { waiting, offered, room };
    },
    async load() {
      const loadKeys = [backlog, leases, deferred, keys.holders, keys.rooms];
      return toLoad(await scripts.load(loadKeys, [keys.runs, forgetMs]));
    },
    async find(runIds) {
      if (runIds.length === 0) return [];
      const found = await scripts.find([backlog, deferred, ...runIds.map(keys.run)], runIds);
      return placesSchema
        .parse(found)
        .map(([position, waitMs]) =>
          position < 0 ? undefined : { position, waitMs: waitMs < 0 ? undefined : waitMs },
        );
    },
  };
}

const releasedSchema = z.array(z.union([z.tuple([runIdSchema, z.number(), runClassSchema]), z.number()]));
const placesSchema = z.array(z.tuple([z.number(), z.number()]));
