import type { Redis } from 'ioredis';
import type { GatherOptions } from '../async/gather-calls.ts';
import { within } from '../async/within.ts';
import type { Keys } from '../redis/keys.ts';
import { createOverdueRuns, type OverdueRuns } from '../run-store/end/overdue-runs.ts';
import type { RunJournal } from '../run-store/journal/run-journal.ts';
import { withJournal } from '../run-store/journal/with-journal.ts';
import { createRedisRunStore, type RunStore } from '../run-store/redis-run-store.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import type { RunQueue } from './run-queue.ts';

export interface ConnectPartitionParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly retentionMs: number;
  readonly journal: Pick<RunJournal, 'note'>;
  onError(error: unknown): void;
  /** Of the calls that add jobs. */
  readonly pace?: GatherOptions | undefined;
  /** @defaultValue createRedisRunStore */
  readonly createStore?: typeof createRedisRunStore | undefined;
}

/** Everything that knows of the runs of one partition: store, backlog, queue and who moves runs between them. */
export interface Partition extends RunStore {
  readonly keys: Keys;
  readonly queue: RunQueue;
  readonly dispatcher: Dispatcher;
  readonly overdue: OverdueRuns;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

const closeMs = 2000;

export function connectPartition(parts: ConnectPartitionParts): Partition {
  const { redis, keys, retentionMs, journal, pace, onError, createStore = createRedisRunStore } = parts;
  const queue = createBullMqRunQueue(redis, keys.queuePrefix, pace);
  let filling = Promise.resolve();
  const onSlotFree = () => {
    filling = dispatcher.fill();
  };
  const store = createStore({ redis, keys, retentionMs, onSlotFree });
  const dispatcher = createDispatcher({ backlog: store.backlog, queue, onError });
  return {
    ...store,
    keys,
    queue,
    dispatcher,
    log: withJournal(store.log, journal),
    overdue: createOverdueRuns(redis, keys),
    async close() {
      // A run that was released and not queued would wait until its offer has run out.
      await within(closeMs, filling);
      await within(closeMs, queue.close());
    },
  };
}
