import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ageLane, blankLane, isKnown, laneRules } from '../../models/pacing/lane.ts';
import type { ProviderState } from '../../models/pacing/provider-state.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { deadAfterMs } from '../worker-reports.ts';

export interface RedisProviderStateParts {
  readonly redis: Redis;
  readonly keys: Pick<Keys, 'providers' | 'workerReports'>;
  /** In place of Redis's clock, for tests. */
  readonly now?: () => number;
}

const laneSchema = z.object({
  pausedUntilMs: z.number(),
  failures: z.number(),
  failedSinceMs: z.number(),
  openMs: z.number(),
  openUntilMs: z.number(),
  probe: z.string(),
  limit: z.number(),
  loweredAtMs: z.number(),
  refusedAtMs: z.number(),
  calls: z.record(z.string(), z.number()),
});
const answerSchema = z.object({
  refusal: z
    .object({ reason: z.enum(['paused', 'open', 'full']), waitMs: z.number(), lane: z.string() })
    .optional(),
  isProbe: z.boolean(),
  isFree: z.boolean(),
});

/** The lanes that all workers of an installation share, by Redis's clock. A worker lives for as long as it reports how it is. */
export function createRedisProviderState({ redis, keys, now }: RedisProviderStateParts): ProviderState {
  const lua = new URL('./step.lua', import.meta.url);
  const script = defineScript(redis, { name: 'step', lua, numberOfKeys: 2 });
  return {
    async step(step) {
      const asked = JSON.stringify({ ...step, rules: { ...laneRules, deadAfterMs } });
      const answer = await script([keys.providers, keys.workerReports], [asked, now?.() ?? '']);
      const { refusal, ...rest } = answerSchema.parse(JSON.parse(z.string().parse(answer)));
      return { ...rest, ...(refusal === undefined ? {} : { refusal }) };
    },
    async read() {
      const stored = await orStoreError(redis.hgetall(keys.providers));
      const nowMs = now?.() ?? (await readClock(redis));
      const reports = await orStoreError(redis.hgetall(keys.workerReports));
      const reportedMs = (worker: string) => Number.parseInt(reports[worker] ?? '0', 10);
      const clock = { nowMs, isAlive: (worker: string) => nowMs - reportedMs(worker) < deadAfterMs };
      const lanes = Object.entries(stored).map(([name, text]) => ({
        name,
        ...ageLane(laneSchema.parse({ ...blankLane, ...JSON.parse(text) }), clock),
      }));
      return { nowMs, lanes: lanes.filter(isKnown).toSorted((a, b) => a.name.localeCompare(b.name)) };
    },
  };
}

async function readClock(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await orStoreError(redis.time());
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}
