import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineScript } from '../redis/load-script.ts';
import { dispatchToken } from './dispatch-inbox.ts';
import { lockMs } from './job-locks.ts';
import { returnJob } from './return-job.ts';

export interface ReturnLostParts {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly controlChannel: string;
}

const lostSchema = z.array(z.string());

/**
 * Gives back the runs that were sent to this worker `olderThanMs` ago or earlier and that it does not hold, so that they are
 * taken like any other one: their messages are lost. `held` gives the ids that it holds or has just done, at that moment.
 * Throws CaluteError `store_unavailable`.
 */
export type ReturnLost = (held: () => readonly string[], olderThanMs: number) => Promise<void>;

export function createReturnLost({ redis, queue, controlChannel }: ReturnLostParts): ReturnLost {
  const script = defineScript(redis, {
    name: 'lost',
    lua: new URL('./lua/lost.lua', import.meta.url),
    numberOfKeys: 1,
  });
  return async (held, olderThanMs) => {
    const args = [queue.toKey(''), controlChannel, lockMs - olderThanMs, ...held()];
    const lost = lostSchema.parse(await script([queue.toKey('active')], args));
    // A message that was there already may have been read only now.
    const came = new Set(held());
    for (const id of lost.filter((one) => !came.has(one))) {
      const token = dispatchToken(controlChannel, id);
      await returnJob(queue, { id, token, starts: 1 }, 'handed-back');
    }
  };
}
