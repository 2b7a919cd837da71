import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { createGate } from '../gate.ts';
import { runIdSchema } from '../ids.ts';
import type { ScriptClaim } from '../log/script-claim.ts';
import { startPeriodic } from '../periodic.ts';
import { within } from '../within.ts';
import { queueName } from './bullmq-run-queue.ts';
import { createExchangeJobs, type TakenJob } from './exchange-jobs.ts';
import { createJobLocks } from './job-locks.ts';
import { createJobTurnover } from './job-turnover.ts';
import { buryJob, returnJob } from './return-job.ts';
import type { HandledRun, RunConsumer, RunHandler } from './run-queue.ts';
import { createStalledCheck } from './stalled-check.ts';
import { watchMarker } from './watch-marker.ts';

export interface RunConsumerOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly claim: ScriptClaim;
  readonly handler: RunHandler;
  onError(error: unknown): void;
}

/**
 * How fast the runs of a dead worker come to another one: its locks last `lockMs` from their last renewal, and are looked at
 * every `stalledCheckMs`. Shorter locks make a worker that merely pauses lose its runs.
 */
const lockMs = 10_000;
const renewMs = 2500;
const stalledCheckMs = 1000;

/** A run whose worker died under it twice is not tried a third time. */
const maxStalledCount = 1;

/** Handing back counts as a start, and is no fault of the run. */
const maxStarts = 50;

/** Takes BullMQ's jobs by scripts of its own, many at once; starts at once. */
export function createBullMqRunConsumer(options: RunConsumerOptions): RunConsumer {
  const { redis, concurrency, handler, onError } = options;
  const queue = openQueue(options);
  const toKey = (name: string) => queue.toKey(name);
  const locks = createJobLocks({ redis, toKey, lockMs });
  let active = 0;
  let paused = false;
  const changed = createGate();

  const process = async (taken: TakenJob) => {
    const { job } = taken;
    const { signal, release } = locks.hold(job);
    active += 1;
    let handled: HandledRun | undefined;
    try {
      // An exchange that was under way when the worker was paused still brings runs.
      handled = paused ? 'handed-back' : await handle(handler, taken, signal);
      if (handled !== 'done') await returnJob(queue, job, handled);
    } catch (error) {
      await buryJob({ queue, handler }, job, toError(error)).catch(onError);
    } finally {
      release();
      active -= 1;
      changed.open();
    }
    // Now that there is room again, so that the same exchange brings the next one.
    if (handled === 'done') turnover.finish(job);
  };
  const turnover = createJobTurnover({
    exchangeJobs: createExchangeJobs({ redis, toKey, claim: options.claim, lockMs }),
    room: () => (paused ? 0 : concurrency - active),
    onTaken: (job) => void process(job),
    onError,
  });
  const whenRoom = async () => {
    while (paused || active >= concurrency) await changed.wait();
  };
  const watch = watchMarker({ redis, key: toKey('marker'), whenRoom, look: turnover.take, onError });
  const checkStalled = createStalledCheck({ redis, queue, looksKey: `${options.prefix}:looks` });
  const rounds = [
    startPeriodic({ everyMs: renewMs, round: locks.renew, onError }),
    startPeriodic({ everyMs: stalledCheckMs, round: checkStalled, onError }),
  ];
  return {
    get active() {
      return active;
    },
    pause() {
      paused = true;
    },
    idle: async () => {
      while (active > 0) await changed.wait();
    },
    async close(boundMs) {
      paused = true;
      turnover.stop();
      const stopped = Promise.all([watch.close(), ...rounds.map((round) => round.stop())]);
      // A run that is done is still to be taken off the queue.
      await within(boundMs, Promise.all([stopped, turnover.take(), queue.close()]));
    },
  };
}

/** A run that is over, or that nobody knows any more, only has to be taken off the queue. */
async function handle(
  handler: RunHandler,
  { job, claim }: TakenJob,
  signal: AbortSignal,
): Promise<HandledRun> {
  if (claim.outcome === 'doomed') throw new Error(claim.reason);
  if (job.starts > maxStarts) throw new Error(`The run was given out more than ${maxStarts} times.`);
  if (claim.outcome !== 'claimed') return 'done';
  return await handler.handle({ runId: runIdSchema.parse(job.id), claim }, signal);
}

function openQueue({ redis, prefix, onError }: RunConsumerOptions): Queue {
  // BullMQ's check for dead workers reads these from the options of whoever asks for it.
  const stalledCheck = { maxStalledCount, stalledInterval: stalledCheckMs };
  const queue = new Queue(queueName, { connection: redis, prefix, skipVersionCheck: true, ...stalledCheck });
  queue.on('error', onError);
  return queue;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
