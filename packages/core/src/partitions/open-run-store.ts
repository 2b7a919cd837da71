import type { Redis } from 'ioredis';
import type { GatherOptions } from '../async/gather-calls.ts';
import { within } from '../async/within.ts';
import type { RunId } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import { connectPartition } from '../queue/connect-partition.ts';
import { type Channels, createChannels } from '../redis/channel.ts';
import { closeRedis, connectNode } from '../redis/connect.ts';
import type { ErrorReport } from '../redis/error-report.ts';
import { createKeys } from '../redis/keys.ts';
import { checkServer, openRedis } from '../redis/open-redis.ts';
import { createPartitioning, globalPrefix, partitionPrefix } from '../redis/partitioning.ts';
import { createShardedChannels } from '../redis/sharded-channels.ts';
import { createRunJournal } from '../run-store/journal/redis-run-journal.ts';
import type { createRedisRunStore } from '../run-store/redis-run-store.ts';
import { itemAt } from './ask-each.ts';
import { fixPartitions } from './fix-partitions.ts';
import { routeRuns } from './route-runs.ts';

export interface RunStoreConfig {
  readonly REDIS_URL: string;
  readonly REDIS_CA_FILE?: string | undefined;
  /** @defaultValue 1 */
  readonly REDIS_PARTITIONS?: number;
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
  /** Of the calls that add jobs. */
  readonly pace?: GatherOptions;
  /** @defaultValue createRedisRunStore */
  readonly createStore?: typeof createRedisRunStore;
}

const closeMs = 2000;

/** Opens everything that knows of runs, and the channels that tell of them. Throws StartError. */
export async function openRunStore(config: RunStoreConfig, parts: OpenRunStoreParts) {
  const { role, report, logger } = parts;
  const { REDIS_URL: url, REDIS_CA_FILE: caFile } = config;
  const redis = await openRedis(url, role, report, caFile);
  try {
    await checkServer(redis, url, (warning) => logger?.warn({ warning }, 'redis.risky'));
    await fixPartitions(redis, config);
    const channels = await openChannels(redis, config, parts);
    return {
      ...connectRunStore(redis, config, parts),
      channels,
      async close() {
        await Promise.all([closeRedis(redis, closeMs), channels.close(closeMs)]);
      },
    };
  } catch (error) {
    await closeRedis(redis, closeMs);
    throw error;
  }
}

async function openChannels(
  redis: Redis,
  { REDIS_URL: url, REDIS_CA_FILE: caFile }: RunStoreConfig,
  { report, onError }: OpenRunStoreParts,
): Promise<Channels> {
  if (!redis.isCluster) return createChannels(await openRedis(url, 'subscriber', report, caFile));
  return createShardedChannels({ redis, connect: (node) => connectNode(url, node, report, caFile), onError });
}

/**
 * The same on a connection that is there; `closeQueue` leaves it open. Beside the partitions it gives all of them as one, and under
 * `keys` the names of what concerns the whole installation.
 */
export function connectRunStore(
  redis: Redis,
  config: Omit<RunStoreConfig, 'REDIS_URL' | 'REDIS_CA_FILE'>,
  { onError, pace, createStore }: Pick<OpenRunStoreParts, 'onError' | 'pace' | 'createStore'>,
) {
  const { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: count = 1 } = config;
  const partitioning = createPartitioning(count);
  const space = { prefix, partitions: count, isCluster: redis.isCluster };
  const keys = createKeys(globalPrefix(space));
  const retentionMs = config.RUN_RETENTION_S * 1000;
  const journal = createRunJournal({ redis, keys, now: Date.now, onError });
  const shared = { redis, retentionMs, journal, pace, onError, createStore };
  const partitions = Array.from({ length: count }, (_, at) =>
    connectPartition({ ...shared, keys: createKeys(partitionPrefix(space, at)) }),
  );
  const keysOf = (runId: RunId) => itemAt(partitions, partitioning.ofRun(runId)).keys;
  const closeQueue = async () => {
    await Promise.all(partitions.map((partition) => partition.close()));
    await within(closeMs, journal.close());
  };
  return {
    redis,
    keys,
    keysOf,
    partitioning,
    partitions,
    ...routeRuns(partitions, partitioning),
    journal,
    closeQueue,
  };
}

export type OpenedRunStore = Awaited<ReturnType<typeof openRunStore>>;
