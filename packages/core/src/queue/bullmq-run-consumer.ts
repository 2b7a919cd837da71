import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { createGate } from '../async/gate.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import type { DeadRun } from './dead-letters.ts';
import { createJobHand, type JobHandParts } from './job-hand.ts';
import { type RunJob, runJobSchema } from './run-job.ts';
import { type AddOptions, GivenUp, type RunConsumer, type RunHandler, type RunQueue } from './run-queue.ts';
import type { SlotShare, Slots } from './slots.ts';

export interface RunConsumerParts extends JobHandParts {
  /** Runs in hand at once, shared with the consumers of other queues. */
  readonly slots: Slots;
  readonly queue: Pick<RunQueue, 'add' | 'isLimited'>;
  readonly handler: RunHandler;
}

/** A run that is alone in a process gets so far before the next job is looked for: that would cost it as much as its own way. */
const headStartMs = 1;
/** BullMQ does not wait by itself while an operator's limit is reached. */
const limitedMs = 20;
const retryMs = 1000;

/** Takes runs from BullMQ, job by job, while there is room; starts at once. */
export function createBullMqRunConsumer(parts: RunConsumerParts): RunConsumer {
  const { slots, queue, onError } = parts;
  const share = slots.share();
  const jobs = createJobHand(parts);
  const hand = createHand(parts, share);
  const resumed = createGate();
  let paused = false;
  let closed = false;

  const take = async (job: Job<RunJob>, runs: readonly OfferedRun[]) => {
    await jobs.finish(job, await hand.take(runs));
  };
  const takeNext = async () => {
    while (paused) await resumed.wait();
    if (share.free === 0) await share.turn();
    const job = await jobs.next();
    if (job === undefined) {
      await nextTurn();
      if (await queue.isLimited()) await delay(limitedMs);
      return;
    }
    const parsed = runJobSchema.safeParse(job.data);
    if (!parsed.success) return await jobs.refuse(job, `It is no job of a run: ${parsed.error.message}`);
    // It may have been paused while it waited, or another queue has taken the last slot.
    if (paused || share.free === 0) return await jobs.giveBack(job);
    const { runs } = parsed.data;
    const isAlone = slots.used === 0 && runs.length === 1;
    take(job, runs).catch(onError);
    if (isAlone) await delay(headStartMs);
  };
  const takeAll = async () => {
    while (!closed) {
      try {
        await takeNext();
      } catch (error) {
        if (closed) return;
        onError(error);
        await delay(retryMs);
      }
    }
  };
  void takeAll();
  return {
    get active() {
      return hand.active;
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      resumed.open();
    },
    idle: hand.idle,
    async close(boundMs) {
      closed = true;
      await jobs.close(boundMs);
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
