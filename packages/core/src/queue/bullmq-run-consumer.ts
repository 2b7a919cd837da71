import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { startPeriodic } from '../async/periodic.ts';
import { within } from '../async/within.ts';
import type { ScriptClaim } from '../log/script-claim.ts';
import { queueName } from './bullmq-run-queue.ts';
import { type DispatchInbox, overdueMs } from './dispatch-inbox.ts';
import { createExchangeJobs } from './exchange-jobs.ts';
import { createJobLocks } from './job-locks.ts';
import { createJobTurnover } from './job-turnover.ts';
import { createJobsInHand } from './jobs-in-hand.ts';
import { createQueueKeys } from './queue-keys.ts';
import { createReturnLost } from './return-lost.ts';
import type { RunConsumer, RunHandler } from './run-queue.ts';
import { createStalledCheck } from './stalled-check.ts';
import { watchMarker } from './watch-marker.ts';

export interface RunConsumerOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly claim: ScriptClaim;
  /** Gets the messages of the claim's control channel, from before this consumer is made. */
  readonly inbox: DispatchInbox;
  readonly handler: RunHandler;
  onError(error: unknown): void;
}

const renewMs = 2500;
const stalledCheckMs = 1000;

/** A run whose worker died under it twice is not tried a third time. */
const maxStalledCount = 1;

/** Well below the time for which a worker counts as present. */
const presenceEveryMs = 250;

/** Done jobs that may wait for that: until then nothing is sent in their place. */
const mostDone = 64;

/** Takes BullMQ's jobs by scripts of its own, many at once, and what is sent to it; starts at once. */
export function createBullMqRunConsumer(options: RunConsumerOptions): RunConsumer {
  const { redis, concurrency, claim, inbox, handler, onError } = options;
  const queue = openQueue(options);
  const toKey = (name: string) => queue.toKey(name);
  const keys = createQueueKeys(options.prefix);
  const locks = createJobLocks({ redis, toKey });
  const returnLost = createReturnLost({ redis, queue, controlChannel: claim.controlChannel });
  const jobs = createJobsInHand({ queue, locks, handler, onDone: (job) => turnover.finish(job), onError });
  let paused = false;
  const turnover = createJobTurnover({
    exchangeJobs: createExchangeJobs({ redis, toKey, keys, claim }),
    inbox,
    maxDone: Math.min(mostDone, Math.ceil(concurrency / 4)),
    room: () => (paused ? 0 : Math.max(0, concurrency - jobs.count)),
    onTaken: (job) => void jobs.take(job),
    findLost: (done) => returnLost(() => [...locks.ids(), ...done.map(({ id }) => id)], overdueMs),
    onError,
  });
  inbox.open((job) => void jobs.take(job));
  const whenRoom = async () => {
    while (paused || jobs.count >= concurrency) await jobs.changed();
  };
  const watch = watchMarker({ redis, key: toKey('marker'), whenRoom, look: turnover.take, onError });
  const checkStalled = createStalledCheck({ redis, queue, looksKey: keys.looks });
  const rounds = [
    startPeriodic({ everyMs: renewMs, round: locks.renew, onError }),
    startPeriodic({ everyMs: stalledCheckMs, round: checkStalled, onError }),
    startPeriodic({ everyMs: presenceEveryMs, round: turnover.take, onError }),
  ];
  const pause = () => {
    paused = true;
    jobs.refuse();
    void turnover.take();
  };
  return {
    get active() {
      return jobs.count;
    },
    pause,
    idle: async () => {
      while (jobs.count > 0) await jobs.changed();
    },
    async close(boundMs) {
      pause();
      turnover.stop();
      const stopped = Promise.all([watch.close(), ...rounds.map((round) => round.stop())]);
      // A run that is done is still to be taken off the queue, and one that was sent meanwhile to be given back.
      const left = turnover.take().then(() => returnLost(locks.ids, 0));
      await within(
        boundMs,
        Promise.all([stopped, left.catch(onError)]).then(() => queue.close()),
      );
    },
  };
}

function openQueue({ redis, prefix, onError }: RunConsumerOptions): Queue {
  // BullMQ's check for dead workers reads these from the options of whoever asks for it.
  const stalledCheck = { maxStalledCount, stalledInterval: stalledCheckMs };
  const queue = new Queue(queueName, { connection: redis, prefix, skipVersionCheck: true, ...stalledCheck });
  queue.on('error', onError);
  return queue;
}
