import type { RunId } from '../../packages/core/src/ids.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { globalPrefix } from '../../packages/core/src/redis/partitioning.ts';
import { createOverdueRuns } from '../../packages/core/src/run-store/end/overdue-runs.ts';
import { defaultLeaseTimes, type LeaseTimes } from '../../packages/core/src/run-store/lease/lease-times.ts';
import { createRedisRunStore } from '../../packages/core/src/run-store/redis-run-store.ts';
import type { RunStoreSources } from '../../packages/core/src/run-store/scripts.ts';
import { connectTestRedis, randomPrefix } from './test-redis.ts';

export interface TestRunStoreOptions {
  readonly retentionMs?: number;
  readonly sources?: RunStoreSources;
  readonly times?: Partial<LeaseTimes>;
  readonly onSlotFree?: () => void;
}

/** A run store under a prefix of its own; call it inside a test. */
export function openTestRunStore({ times, ...options }: TestRunStoreOptions = {}) {
  const redis = connectTestRedis();
  const keys = createKeys(globalPrefix({ prefix: randomPrefix(), isCluster: redis.isCluster }));
  const store = createRedisRunStore({
    redis,
    keys,
    retentionMs: 60_000,
    times: { ...defaultLeaseTimes, ...times },
    ...options,
  });
  return {
    redis,
    keys,
    ...store,
    overdue: createOverdueRuns(redis, keys),
    /** Says that a worker lives that has room for so many runs. */
    async makeRoom(room: number, channel = 'control') {
      await store.leases.renew({ channel, room }, []);
    },
    claim: (runId: RunId, epoch = 0, channel = 'control') => store.leases.claim(runId, { epoch, channel }),
  };
}
