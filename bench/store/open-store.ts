import { createSubmitRun, type SubmitRun } from '@calute/core/completions/submit-run';
import type { RunId } from '@calute/core/ids';
import type { Follower, Following } from '@calute/core/run-store/read/follower';
import { createRedisRunLog } from '@calute/core/run-store/redis-run-log';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import { createBullMqRunQueue } from '@calute/core/queue/bullmq-run-queue';
import type { RunQueue } from '@calute/core/queue/run-queue';
import { createErrorReport } from '@calute/core/redis/error-report';
import { createKeys, type Keys } from '@calute/core/redis/keys';
import { openRedis } from '@calute/core/redis/open-redis';
import { storeInstance } from '../../scripts/bench/protocol.ts';

/** What stands on Redis in an API, as far as it accepts runs; a worker has the same log. */
export interface Store {
  readonly redis: Awaited<ReturnType<typeof openRedis>>;
  readonly keys: Keys;
  readonly log: ReturnType<typeof createRedisRunLog>;
  /** Where a worker would hear of runs that end from outside. */
  readonly control: string;
  readonly logger: Logger;
  readonly queue: RunQueue;
  readonly submit: SubmitRun;
  /** The runs that were submitted last, for looking at some. */
  lastRuns: readonly RunId[];
}

const retentionMs = 600_000;
/** More than any measurement lets wait. */
export const maxLiveRuns = 1_000_000;

export async function openStore(url: string): Promise<Store> {
  const logger = createLogger({ role: 'bench', level: 'warn' });
  const redis = await openRedis(url, 'worker', createErrorReport(logger));
  const keys = createKeys();
  const log = createRedisRunLog({ redis, keys, retentionMs });
  const queue = createBullMqRunQueue({ redis, prefix: keys.queuePrefix, accept: log.scriptAccept });
  const submit = createSubmitRun({
    log,
    queue,
    follower: createDeafFollower(keys.replyChannel(storeInstance)),
    logger,
    maxLiveRuns,
    now: Date.now,
  });
  const control = keys.controlChannel(storeInstance);
  return { redis, keys, log, control, logger, queue, submit, lastRuns: [] };
}

const unheard: Following = {
  hasEnded: () => false,
  confirm: () => undefined,
  stop: () => undefined,
  async *[Symbol.asyncIterator]() {},
};

/** An API would hold an open answer for each run; what that costs is measured elsewhere. */
function createDeafFollower(channelName: string): Follower {
  return {
    channelName,
    follow: () => unheard,
    tick: async () => undefined,
    start: async () => undefined,
    close: async () => undefined,
  };
}
