import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { defineScript } from '../redis/load-script.ts';

export interface StalledCheckParts {
  readonly redis: Redis;
  /** Opened with `maxStalledCount` and `stalledInterval`. */
  readonly queue: Queue;
  /** The key that says when somebody looked last. */
  readonly looksKey: string;
}

/** Longer than a worker needs to connect again, which tries at least every 2.4 s. */
const comeBackMs = 4000;
/** Somebody looks every second. */
const longestPauseMs = 3000;

/**
 * Gives the jobs whose lock has run out to other workers: their worker died. After an outage of Redis this is held back until
 * the workers that live are back. What decides that is a script, by what stands in Redis: a command may have waited for the
 * end of the outage on its connection, and be the first that Redis executes.
 */
export function createStalledCheck({ redis, queue, looksKey }: StalledCheckParts): () => Promise<void> {
  const watch = defineScript(redis, {
    name: 'watch',
    lua: new URL('./lua/watch.lua', import.meta.url),
    numberOfKeys: 2,
  });
  return async () => {
    const watched = watch([looksKey, queue.toKey('stalled-check')], [longestPauseMs, comeBackMs]);
    // Sent without waiting, right behind: between the two there is no time for an outage.
    await Promise.all([watched, queue.backend.moveStalledJobsToWait()]);
  };
}
