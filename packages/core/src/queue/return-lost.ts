import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineScript } from '../redis/load-script.ts';
import { dispatchToken } from './dispatch-inbox.ts';
import { returnJob } from './return-job.ts';

export interface ReturnLostParts {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly controlChannel: string;
}

const lostSchema = z.array(z.string());

/**
 * Gives back the runs that were sent to this worker and that it does not hold, so that they are taken like any other one: their
 * messages are lost. One whose message comes after all is run twice, and its first attempt is fenced.
 * Throws CaluteError `store_unavailable`.
 */
export function createReturnLost({ redis, queue, controlChannel }: ReturnLostParts) {
  const script = defineScript(redis, {
    name: 'lost',
    lua: new URL('./lua/lost.lua', import.meta.url),
    numberOfKeys: 1,
  });
  return async (held: readonly string[]): Promise<void> => {
    const reply = await script([queue.toKey('active')], [queue.toKey(''), controlChannel, ...held]);
    for (const id of lostSchema.parse(reply)) {
      const token = dispatchToken(controlChannel, id);
      await returnJob(queue, { id, token, starts: 1 }, 'handed-back');
    }
  };
}
