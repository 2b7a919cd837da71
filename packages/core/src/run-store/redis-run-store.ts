import type { Redis } from 'ioredis';
import { commandTimeoutMs } from '../redis/connect.ts';
import type { Keys } from '../redis/keys.ts';
import { createAcceptRun } from './accept/accept-run.ts';
import { createAppendFrames } from './append/append-frames.ts';
import type { Backlog } from './backlog/backlog.ts';
import { createRedisBacklog } from './backlog/redis-backlog.ts';
import { createEndRun } from './end/end-run.ts';
import { defaultLeaseTimes, type LeaseTimes } from './lease/lease-times.ts';
import type { Leases } from './lease/leases.ts';
import { createRedisLeases } from './lease/redis-leases.ts';
import { createRedisRunReader } from './read/redis-run-reader.ts';
import type { RunLog, RunReader } from './run-log.ts';
import { defineScripts, type RunStoreSources, readSources } from './scripts.ts';

export interface RedisRunStoreParts {
  readonly redis: Redis;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** @defaultValue the files beside this one */
  readonly sources?: RunStoreSources;
  /** @defaultValue defaultLeaseTimes */
  readonly times?: LeaseTimes;
  /** Told when a run ends here while others wait for its slot. */
  readonly onSlotFree?: () => void;
}

/** Everything that is known of runs, by the stages of their life. */
export interface RunStore {
  readonly log: RunLog & RunReader;
  readonly leases: Leases;
  readonly backlog: Backlog;
}

/** The run store on Redis: each method is one script. */
export function createRedisRunStore(parts: RedisRunStoreParts): RunStore {
  const { redis, keys, retentionMs, onSlotFree = () => undefined, times = defaultLeaseTimes } = parts;
  const { sources = readSources(redis.isCluster) } = parts;
  const { offerMs } = times;
  const scripts = defineScripts(redis, sources);
  const ending = { keys, retentionMs, onSlotFree };
  return {
    log: {
      accept: createAcceptRun({
        script: scripts.accept,
        keys,
        offerMs,
        patienceMs: commandTimeoutMs,
        now: performance.now.bind(performance),
      }),
      append: createAppendFrames({ script: scripts.append, ...ending }),
      end: createEndRun({ script: scripts.end, ...ending }),
      ...createRedisRunReader({ scripts, keys }),
    },
    leases: createRedisLeases({ scripts, times, ...ending }),
    backlog: createRedisBacklog({ scripts, keys, redis, offerMs }),
  };
}
