import { within } from '@calute/core/async/within';
import type { createRedisRunLog } from '@calute/core/log/redis-run-log';
import { createRedisRunIndex } from '@calute/core/log/run-index';
import { createBullMqRunQueue } from '@calute/core/queue/bullmq-run-queue';
import { createChannel } from '@calute/core/redis/channel';
import { closeRedis } from '@calute/core/redis/connect';
import type { ErrorReport } from '@calute/core/redis/error-report';
import { createKeys } from '@calute/core/redis/keys';
import { openRedis } from '@calute/core/redis/open-redis';
import type { WorkerConfig } from './config.ts';

const closeMs = 2000;

export interface OpenStoreParts {
  readonly workerId: string;
  readonly report: ErrorReport;
  readonly createLog: typeof createRedisRunLog;
}

/** Everything that stands on Redis, and how to let go of it. */
export async function openStore(config: WorkerConfig, { workerId, report, createLog }: OpenStoreParts) {
  const keys = createKeys(config.CALUTE_PREFIX);
  const redis = await openRedis(config.REDIS_URL, 'worker', report);
  const subscriber = await openRedis(config.REDIS_URL, 'subscriber', report);
  const log = createLog({ redis, keys, retentionMs: config.RUN_RETENTION_S * 1000 });
  const queue = createBullMqRunQueue({ redis, prefix: keys.queuePrefix, accept: log.scriptAccept });
  return {
    keys,
    redis,
    queue,
    report,
    log,
    index: createRedisRunIndex(redis, keys),
    control: createChannel(subscriber, keys.controlChannel(workerId)),
    async close() {
      await within(closeMs, queue.close());
      await Promise.all([closeRedis(redis, closeMs), closeRedis(subscriber, closeMs)]);
    },
  };
}

export type WorkerStore = Awaited<ReturnType<typeof openStore>>;
