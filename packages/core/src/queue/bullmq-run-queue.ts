import { readFileSync } from 'node:fs';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { gatherCalls } from '../async/gather-calls.ts';
import type { RunId } from '../ids.ts';
import type { ScriptAccept } from '../log/script-accept.ts';
import { defineScript } from '../redis/load-script.ts';
import { toStoreError } from '../redis/store-error.ts';
import { createDispatchRun } from './dispatch-run.ts';
import { createQueueKeys } from './queue-keys.ts';
import type { RunQueue } from './run-queue.ts';

export const queueName = 'runs';

export interface RunQueueParts {
  readonly redis: Redis;
  /** What the names of the queue's keys start with. */
  readonly prefix: string;
  readonly accept: ScriptAccept;
}

/**
 * The queue on BullMQ. A job carries nothing but its id: the run log has the rest. A completed job is removed at once;
 * should it be added again, the run log answers that the run is over. Jobs are added by a script of our own, several at once.
 */
export function createBullMqRunQueue({ redis, prefix, accept }: RunQueueParts): RunQueue {
  const queue = new Queue(queueName, {
    connection: redis,
    prefix,
    // Nobody listens to BullMQ's own event stream here.
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const script = defineScript(redis, {
    name: 'add',
    lua: ['jobs', 'add']
      .map((name) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'))
      .join('\n'),
    numberOfKeys: 3,
  });
  const keys = ['wait', 'marker', 'meta'].map((name) => queue.toKey(name));
  const add = gatherCalls(async (runIds: readonly RunId[]) => {
    await script(keys, [queue.toKey(''), ...runIds]);
  });
  const toKey = (name: string) => queue.toKey(name);
  return {
    dispatch: createDispatchRun({ redis, toKey, keys: createQueueKeys(prefix), accept }),
    add,
    remove: (runId) => attempt(async () => void (await queue.remove(runId))),
    missing: (runIds) =>
      attempt(async () => {
        const jobs = await Promise.all(runIds.map((runId) => queue.getJob(runId)));
        return runIds.filter((_, index) => jobs[index] === undefined);
      }),
    counts: () =>
      attempt(async () => {
        const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
        return { waiting, active };
      }),
    close: () => queue.close(),
  };
}

async function attempt<Result>(command: () => Promise<Result>): Promise<Result> {
  try {
    return await command();
  } catch (error) {
    throw toStoreError(error);
  }
}
