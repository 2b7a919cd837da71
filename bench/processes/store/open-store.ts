import { createSubmitRun, type SubmitRun } from '@calute/core/completions/submit-run';
import type { RunId } from '@calute/core/ids';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import { itemAt } from '@calute/core/partitions/ask-each';
import { connectRunStore } from '@calute/core/partitions/open-run-store';
import { createErrorReport } from '@calute/core/redis/error-report';
import { openRedis } from '@calute/core/redis/open-redis';
import type { Leases } from '@calute/core/run-store/lease/leases';
import type { Follower, Following } from '@calute/core/run-store/read/follower';
import { storeInstance } from '../protocol.ts';

/** What stands on Redis in an API, as far as it accepts runs; a worker has the same log. */
export interface Store extends ReturnType<typeof connectRunStore> {
  readonly leases: Leases;
  /** Where a worker would hear of runs that end from outside. */
  readonly control: string;
  readonly logger: Logger;
  readonly submit: SubmitRun;
  /** The runs that were submitted last, for looking at some. */
  lastRuns: readonly RunId[];
}

const config = { CALUTE_PREFIX: 'calute', RUN_RETENTION_S: 600 };
/** More than any measurement lets wait. */
export const maxLiveRuns = 1_000_000;

export async function openStore(url: string): Promise<Store> {
  const logger = createLogger({ role: 'bench', level: 'warn' });
  const redis = await openRedis(url, 'worker', createErrorReport(logger));
  const onError = (error: unknown) => logger.warn({ err: error }, 'store.failed');
  const store = connectRunStore(redis, config, { onError });
  const { keys, log, backlog, dispatcher, partitioning } = store;
  const { leases } = itemAt(store.partitions, 0);
  const submit = createSubmitRun({
    log,
    dispatcher,
    backlog,
    follower: createDeafFollower(keys.replyChannel(storeInstance)),
    logger,
    maxLiveRuns,
    now: Date.now,
    partitioning,
  });
  const control = keys.controlChannel(storeInstance);
  return { ...store, leases, control, logger, submit, lastRuns: [] };
}

const unread: Following = {
  hasEnded: () => false,
  stop: () => undefined,
  async *[Symbol.asyncIterator]() {},
};

/** An API would hold an open answer for each run; what that costs is measured elsewhere. */
function createDeafFollower(channelName: string): Follower {
  return {
    channelOf: () => channelName,
    follow: () => unread,
    tick: async () => undefined,
    start: async () => undefined,
    close: async () => undefined,
  };
}
