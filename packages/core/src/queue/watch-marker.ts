import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { closeRedis } from '../redis/connect.ts';

/** BullMQ's marker stands in Redis while there may be jobs to take; whoever takes it away has to look. */
export interface MarkerWatch {
  close(): Promise<void>;
}

export interface MarkerWatchParts {
  /** The watch makes a connection like this one: a command that blocks would hold up all others. */
  readonly redis: Redis;
  readonly key: string;
  /** Resolves when this worker can take a job; before, the marker is left to others. */
  whenRoom(): Promise<void>;
  /** Called for each marker, and now and then without one: a marker can be lost with the worker that took it. */
  look(): Promise<void>;
  onError(error: unknown): void;
}

const longestWaitS = 5;
const retryMs = 1000;

export function watchMarker({ redis, key, whenRoom, look, onError }: MarkerWatchParts): MarkerWatch {
  const blocking = redis.duplicate();
  blocking.on('error', onError);
  // What came while it was cut off may have been answered to nobody.
  blocking.on('ready', () => void look());
  let closed = false;
  const watch = async () => {
    while (!closed) {
      await whenRoom();
      try {
        await blocking.bzpopmin(key, longestWaitS);
        await look();
      } catch (error) {
        if (closed) return;
        onError(error);
        await delay(retryMs);
      }
    }
  };
  void watch();
  return {
    async close() {
      closed = true;
      await closeRedis(blocking, 0);
    },
  };
}
