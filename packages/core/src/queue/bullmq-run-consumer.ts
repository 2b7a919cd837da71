import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { createGate } from '../async/gate.ts';
import { within } from '../async/within.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import type { DeadRun } from './dead-letters.ts';
import { createJobHand, type JobHand, type JobHandParts } from './job-hand.ts';
import { type RunJob, runJobSchema } from './run-job.ts';
import { type AddOptions, GivenUp, type RunConsumer, type RunHandler, type RunQueue } from './run-queue.ts';
import type { SlotShare, Slots } from './slots.ts';

export interface RunConsumerParts extends JobHandParts {
  /** Runs in hand at once, shared with the consumers of other queues. */
  readonly slots: Slots;
  readonly queue: Pick<RunQueue, 'add' | 'isLimited'>;
  readonly handler: RunHandler;
}

/**
 * How long a run that is alone has the process to itself, before the next job is looked for: with one request after the other its first
 * token comes 6 % sooner.
 */
const headStartMs = 1;
const retryMs = 1000;

/** Takes runs from BullMQ, job by job, while there is room; starts at once. */
export function createBullMqRunConsumer(parts: RunConsumerParts): RunConsumer {
  const { slots, onError } = parts;
  const share = slots.share();
  const jobs = createJobHand(parts);
  const hand = createHand(parts, share);
  const resumed = createGate();
  const taking = { paused: false, closed: false };
  const { begin, going } = createBegin({ jobs, hand, share, taking, onError });

  const takeNext = async () => {
    const job = await jobs.next();
    if (job === undefined) return;
    const isIdle = slots.used === 0;
    const runs = await begin(job);
    if (isIdle && runs === 1) await delay(headStartMs);
  };
  let fetching = Promise.resolve();
  const takeAll = async () => {
    while (!taking.closed) {
      if (taking.paused) await resumed.wait();
      else if (share.free === 0) await share.turn();
      else {
        fetching = takeNext().catch(async (error: unknown) => {
          if (taking.closed) return;
          onError(error);
          await delay(retryMs);
        });
        await fetching;
      }
    }
  };
  void takeAll();
  return {
    get active() {
      return hand.active;
    },
    pause: () => {
      taking.paused = true;
    },
    resume: () => {
      taking.paused = false;
      resumed.open();
    },
    idle: hand.idle,
    async close(boundMs) {
      taking.closed = true;
      resumed.open();
      const ended = hand.active === 0 ? [...going] : [];
      const close = async () => {
        await Promise.all(ended);
        // A job that has come just now goes back while the connection is there; if it cannot, others take it for stalled.
        await Promise.all([jobs.close(), fetching]);
      };
      await within(boundMs, close());
    },
  };
}

interface BeginParts {
  readonly jobs: JobHand;
  readonly hand: ReturnType<typeof createHand>;
  readonly share: SlotShare;
  readonly taking: { readonly paused: boolean; readonly closed: boolean };
  onError(error: unknown): void;
}

/** Begins jobs, and after each of them the one that came with its end. */
function createBegin({ jobs, hand, share, taking, onError }: BeginParts) {
  const going = new Set<Promise<void>>();
  const hasRoom = () => !taking.paused && !taking.closed && share.free > 0;
  const take = async (job: Job<RunJob>, runs: readonly OfferedRun[]) => {
    const dead = await hand.take(runs);
    const next = await jobs.finish(job, dead, hasRoom);
    if (next) await begin(next);
  };
  /** The runs of the job go on when this resolves; gives how many they are, none when it went back. */
  const begin = async (job: Job<RunJob>): Promise<number> => {
    const parsed = runJobSchema.safeParse(job.data);
    if (parsed.success && hasRoom()) {
      const { runs } = parsed.data;
      const taken = take(job, runs)
        .catch(onError)
        .finally(() => going.delete(taken));
      going.add(taken);
      return runs.length;
    }
    // It may have been paused or closed while it waited, or another queue has taken the last slot.
    if (parsed.success) await jobs.giveBack(job);
    else await jobs.refuse(job, `It is no job of a run: ${parsed.error.message}`);
    return 0;
  };
  return { begin, going };
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
