import { createRedisProviderState } from '@calute/core/fleet/pacing/redis-provider-state';
import { createLogger } from '@calute/core/logging/logger';
import { connectRunStore } from '@calute/core/partitions/open-run-store';
import { closeRedis, connectRedis, whenReady } from '@calute/core/redis/connect';
import { createErrorReport } from '@calute/core/redis/error-report';
import { defaultTargets } from '@calute/core/scaling/needed-workers';
import { readScalingSignal, type ScalingSignal } from '@calute/core/scaling/scaling-signal';

export interface DemandSource {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly partitions: number;
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
}

/** Reads the load of an installation from its Redis: a supervisor needs no API for it. */
export interface DemandReader extends AsyncDisposable {
  /** Rejects while Redis does not answer. */
  read(): Promise<ScalingSignal>;
}

const startMs = 5000;
const closeMs = 1000;

export async function openDemand(source: DemandSource): Promise<DemandReader> {
  const { redisUrl, prefix, partitions, concurrency } = source;
  const logger = createLogger({ role: 'start', level: 'warn' });
  const report = createErrorReport(logger);
  const redis = connectRedis(redisUrl, 'command', report);
  // Should it not come in time, the first looks say so.
  await whenReady(redis, AbortSignal.timeout(startMs)).catch(() => undefined);
  const store = connectRunStore(
    redis,
    // What it does not use: it ends no run.
    { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: partitions, RUN_RETENTION_S: 0 },
    { onError: () => undefined },
  );
  const providers = createRedisProviderState({ redis, keys: store.keys });
  const targets = { ...defaultTargets, concurrency };
  return {
    read: () => readScalingSignal({ backlog: store.backlog, queue: store.queue, providers, targets }),
    async [Symbol.asyncDispose]() {
      await store.closeQueue();
      await closeRedis(redis, closeMs);
    },
  };
}
