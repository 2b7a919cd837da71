import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { createGate } from '../async/gate.ts';
import { within } from '../async/within.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import type { DeadRun } from './dead-letters.ts';
import { jobName, queueName, runJobSchema } from './run-job.ts';
import { type AddOptions, GivenUp, type RunConsumer, type RunHandler, type RunQueue } from './run-queue.ts';
import type { SlotShare, Slots } from './slots.ts';

export interface RunConsumerParts {
  readonly redis: Redis;
  readonly prefix: string;
  /** Runs in hand at once, shared with the consumers of other queues. */
  readonly slots: Slots;
  readonly queue: Pick<RunQueue, 'add'>;
  readonly handler: RunHandler;
  onError(error: unknown): void;
}

/**
 * BullMQ's own lock on a job and its check for stalled ones only clear away the jobs of dead workers: who holds a run is for its
 * lease to say. So a job that comes again, however often, is taken once more and found to be somebody else's.
 */
const workerOptions = {
  lockDuration: 10_000,
  stalledInterval: 5000,
  maxStalledCount: 1000,
  removeOnComplete: { count: 0 },
} as const;

/** What BullMQ says of a job that it has given out again meanwhile. */
const lostJob = /could not renew lock|Missing (lock|key) for job|Lock mismatch|is not in the active state/i;

/** Takes runs by BullMQ's worker; starts at once. */
export function createBullMqRunConsumer(parts: RunConsumerParts): RunConsumer {
  const { redis, prefix, slots, onError } = parts;
  const concurrency = slots.total;
  const share = slots.share();
  const hand = createHand(parts, share);
  let jobs = 0;
  let paused = false;
  /** Puts a job back for a worker that has room; until this one has, BullMQ is to bring it no other. */
  const giveBack = async (job: Job, token?: string) => {
    if (!paused) worker.concurrency = jobs;
    await job.moveToWait(token);
    if (!paused) await share.turn();
    worker.concurrency = concurrency;
    return new WaitingError();
  };
  const process = async (job: Job, token?: string) => {
    jobs += 1;
    try {
      // A worker that waits for a job still gets one after its pause; and it counts jobs, of which each may bring several runs.
      if (paused || share.free === 0) throw await giveBack(job, token);
      const { runs } = runJobSchema.parse(job.data);
      const dead = await hand.take(runs);
      if (dead.length === 0) return;
      // Failed jobs are the dead letters. The runs' records expire soon; what stays in the job is for a person who wants to know.
      await job.updateData({ runs, dead });
      throw new UnrecoverableError(dead.map(({ reason }) => reason).join(' '));
    } finally {
      jobs -= 1;
    }
  };
  const worker = new Worker(queueName, process, {
    ...workerOptions,
    connection: redis,
    prefix,
    concurrency,
    name: jobName,
    skipVersionCheck: true,
  });
  worker.on('error', (error) => {
    if (!lostJob.test(error.message)) onError(error);
  });
  return {
    get active() {
      return hand.active;
    },
    pause: () => {
      paused = true;
      worker.pause(true).catch(onError);
    },
    resume: () => {
      paused = false;
      worker.resume().catch(onError);
    },
    idle: hand.idle,
    close: async (boundMs) => {
      await within(boundMs, worker.close(hand.active > 0));
    },
  };
}

/** The runs in hand. */
function createHand({ queue, handler, onError }: RunConsumerParts, share: SlotShare) {
  let active = 0;
  // A run that cannot be queued is no dead one: its offer runs out, and the sweep queues it.
  const requeue = (run: OfferedRun, options: AddOptions) => queue.add(run, options).catch(onError);
  const changed = createGate();
  const handle = async (run: OfferedRun): Promise<DeadRun[]> => {
    active += 1;
    share.take();
    try {
      const handled = await handler(run);
      if (handled.outcome === 'again') await requeue(handled.run, handled);
      return [];
    } catch (error) {
      return [toDeadRun(run, error)];
    } finally {
      active -= 1;
      share.give();
      changed.open();
    }
  };
  return {
    get active() {
      return active;
    },
    async idle() {
      while (active > 0) await changed.wait();
    },
    /** Handles the runs that there is room for and queues the others again; gives those that are given up. */
    async take(runs: readonly OfferedRun[]): Promise<DeadRun[]> {
      const room = share.free;
      const handled = runs.slice(0, room).map(handle);
      const rest = runs.slice(room).toReversed();
      await Promise.all(rest.map((run) => requeue(run, { inFront: true })));
      return (await Promise.all(handled)).flat();
    },
  };
}

function toDeadRun({ runId, epoch }: OfferedRun, error: unknown): DeadRun {
  const reason = error instanceof Error ? error.message : String(error);
  const content = error instanceof GivenUp ? error.content : undefined;
  return { runId, executions: epoch, reason, ...(content === undefined ? {} : { content }) };
}
