import type { Redis } from 'ioredis';
import { within } from '../async/within.ts';
import type { Logger } from '../logging/logger.ts';
import { closeRedis } from '../redis/connect.ts';
import type { ErrorReport } from '../redis/error-report.ts';
import { createKeys } from '../redis/keys.ts';
import { checkServer, openRedis } from '../redis/open-redis.ts';
import { createOverdueRuns } from '../run-store/end/overdue-runs.ts';
import { createRunJournal } from '../run-store/journal/redis-run-journal.ts';
import { withJournal } from '../run-store/journal/with-journal.ts';
import { createRedisRunStore } from '../run-store/redis-run-store.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { createDispatcher } from './dispatcher.ts';

export interface RunStoreConfig {
  readonly REDIS_URL: string;
  readonly REDIS_CA_FILE?: string | undefined;
  readonly CALUTE_PREFIX: string;
  readonly RUN_RETENTION_S: number;
}

export interface OpenRunStoreParts {
  /** An API's commands fail fast, a worker's wait for Redis to come back. */
  readonly role: 'command' | 'worker';
  readonly report: ErrorReport;
  onError(error: unknown): void;
  /** Told at the start of what is risky about the Redis: `redis.risky`. */
  readonly logger?: Pick<Logger, 'warn'>;
  /** @defaultValue createRedisRunStore */
  readonly createStore?: typeof createRedisRunStore;
}

const closeMs = 2000;

/** Opens everything that knows of runs: store, backlog, queue and who moves runs between them. Throws StartError. */
export async function openRunStore(config: RunStoreConfig, parts: OpenRunStoreParts) {
  const { role, report, logger } = parts;
  const { REDIS_URL: url, REDIS_CA_FILE: caFile } = config;
  const redis = await openRedis(url, role, report, caFile);
  await checkServer(redis, url, (warning) => logger?.warn({ warning }, 'redis.risky')).catch(
    async (error: unknown) => {
      await closeRedis(redis, closeMs);
      throw error;
    },
  );
  const subscriber = await openRedis(url, 'subscriber', report, caFile);
  return {
    ...connectRunStore(redis, config, parts),
    subscriber,
    async close() {
      await Promise.all([closeRedis(redis, closeMs), closeRedis(subscriber, closeMs)]);
    },
  };
}

/** The same on a connection that is there; `closeQueue` leaves it open. */
export function connectRunStore(
  redis: Redis,
  config: Omit<RunStoreConfig, 'REDIS_URL' | 'REDIS_CA_FILE'>,
  { onError, createStore = createRedisRunStore }: Pick<OpenRunStoreParts, 'onError' | 'createStore'>,
) {
  const keys = createKeys(config.CALUTE_PREFIX);
  const queue = createBullMqRunQueue(redis, keys.queuePrefix);
  const retentionMs = config.RUN_RETENTION_S * 1000;
  let filling = Promise.resolve();
  const onSlotFree = () => {
    filling = dispatcher.fill();
  };
  const store = createStore({ redis, keys, retentionMs, onSlotFree });
  const dispatcher = createDispatcher({ backlog: store.backlog, queue, onError });
  const journal = createRunJournal({ redis, keys, now: Date.now, onError });
  const log = withJournal(store.log, journal);
  const overdue = createOverdueRuns(redis, keys);
  const closeQueue = async () => {
    // A run that was released and not queued would wait until its offer has run out.
    await within(closeMs, filling);
    await within(closeMs, Promise.all([journal.close(), queue.close()]));
  };
  return { redis, keys, queue, ...store, log, journal, dispatcher, overdue, closeQueue };
}

export type OpenedRunStore = Awaited<ReturnType<typeof openRunStore>>;
