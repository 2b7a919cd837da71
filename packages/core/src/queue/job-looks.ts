import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { RunJob } from './run-job.ts';

/** Before a worker is asked again that has asked nobody, because a rate limit is not over. */
const limitedMs = 20;

/** Asks a worker of BullMQ for one job after the other. */
export function createLooks(worker: Worker<RunJob>) {
  let asked = 0;
  let isDrained = false;
  // Settled but while a look is under way that does not wait.
  let looking: Promise<unknown> = Promise.resolve();
  worker.on('drained', () => {
    isDrained = true;
  });
  const look = async (block: boolean) => {
    asked += 1;
    const token = `${worker.id}:${asked}`;
    const job = await worker.getNextJob(token, { block });
    return job && { job, token };
  };
  return {
    async next() {
      // A worker that answers within this turn has not asked Redis.
      let hasTurned = false;
      setImmediate(() => {
        hasTurned = true;
      });
      const found = look(true);
      if (!isDrained) looking = found.catch(() => undefined); // because it rejects below as well
      const next = await found;
      if (next) isDrained = false;
      else if (!hasTurned) await delay(limitedMs);
      return next;
    },
    /** The next job, if there is one now. */
    now: () => look(false),
    /** Whether the last one found nothing, so that `next` waits. */
    get isDrained() {
      return isDrained;
    },
    /** Resolves once no look is under way but one that waits. Never rejects. */
    settled: () => looking,
  };
}
