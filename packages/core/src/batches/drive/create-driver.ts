import { setMaxListeners } from 'node:events';
import { createInTurn } from '../../async/in-turn.ts';
import { oneAtATime } from '../../async/one-at-a-time.ts';
import { type Periodic, startPeriodic } from '../../async/periodic.ts';
import type { BatchId } from '../../ids.ts';
import type { Backlog } from '../../run-store/backlog/backlog.ts';
import type { Batch, BatchStatus } from '../batch.ts';
import { createBatchInput } from '../input/read-input.ts';
import type { HeldBatch } from '../store/driver-store.ts';
import { acceptWhileHeld, type Lease } from './accept-while-held.ts';
import { BatchLost } from './batch-lost.ts';
import { shareOf } from './batch-share.ts';
import { driveBatch } from './drive-batch.ts';
import type { Driving } from './driving.ts';
import { type GiveUpParts, giveUp } from './give-up.ts';

export interface DriverParts extends Omit<GiveUpParts, 'inTurn' | 'share'> {
  readonly backlog: Pick<Backlog, 'size'>;
  /** How long a batch stays in the hands of a process that says nothing. @defaultValue 5000 */
  readonly leaseMs?: number;
}

/** Drives batches in this process: those that no other one drives. */
export interface BatchDriver {
  start(): void;
  /** Looks for batches at once. Never throws. */
  wake(): Promise<void>;
  /** Gives every batch back, for others to drive. Runs that are under way go on. */
  stop(): Promise<void>;
}

interface InHand extends Lease {
  readonly held: HeldBatch;
  readonly abort: AbortController;
  status: BatchStatus | undefined;
  done: Promise<void>;
}

const lookEveryMs = 1000;
const defaultLeaseMs = 5000;
/** So that processes that start together share what there is. */
const claimsAtOnce = 64;
/** Read or validate their input at once. */
const readersAtOnce = 4;

export function createBatchDriver(parts: DriverParts): BatchDriver {
  const { store, backlog, onError, leaseMs = defaultLeaseMs, maxLiveRuns } = parts;
  const inHand = new Map<BatchId, InHand>();
  let figures = { active: 1, room: 0, maxLiveRuns };
  let periodic: Periodic | undefined;
  let stopped = false;
  const driveParts = { ...parts, inTurn: createInTurn(readersAtOnce), share: () => shareOf(figures) };

  const take = (held: HeldBatch, untilMs: number) => {
    const abort = new AbortController();
    const taken: InHand = { held, untilMs, abort, status: undefined, done: Promise.resolve() };
    setMaxListeners(0, abort.signal); // because each line that is ended listens
    inHand.set(held.id, taken);
    taken.done = drive(driveParts, taken).finally(() => {
      if (inHand.get(held.id) === taken) inHand.delete(held.id);
    });
  };
  const renew = async () => {
    const all = [...inHand.values()];
    const untilMs = performance.now() + leaseMs;
    const { statuses, active } = await store.renew(
      all.map(({ held }) => held),
      leaseMs,
    );
    for (const [index, one] of all.entries()) {
      one.status = statuses[index];
      if (one.status === undefined) one.abort.abort(new BatchLost());
      else one.untilMs = untilMs;
    }
    figures = { active, room: (await backlog.size()).room, maxLiveRuns };
  };
  const claim = async () => {
    const untilMs = performance.now() + leaseMs;
    for (const held of await store.claim(claimsAtOnce, leaseMs)) take(held, untilMs);
  };
  const round = oneAtATime(async () => {
    try {
      await renew();
      if (!stopped) await claim();
    } catch (error) {
      onError(error);
    }
  });
  return {
    start() {
      periodic = startPeriodic({ everyMs: lookEveryMs, round, onError });
    },
    wake: round,
    async stop() {
      stopped = true;
      await periodic?.stop();
      await round();
      const all = [...inHand.values()];
      for (const { abort } of all) abort.abort(new BatchLost());
      await Promise.all(all.map(({ done }) => done));
      await store
        .renew(
          all.map(({ held }) => held),
          0,
        )
        .catch(onError);
    },
  };
}

/** Never throws. */
async function drive(parts: GiveUpParts, inHand: InHand): Promise<void> {
  const { held, abort } = inHand;
  const logger = parts.logger.child({ batchId: held.id });
  const { signal } = abort;
  const open = (batch: Batch): Driving => {
    const { record } = batch;
    const endpoint = parts.endpoints.get(record.endpoint);
    if (endpoint === undefined) throw new Error(`This version knows no endpoint ${record.endpoint}.`);
    const input = createBatchInput({ files: parts.files.files, maxLineBytes: parts.maxLineBytes }, record);
    const isCancelled = () => inHand.status === 'cancelling';
    return { held, batch, record, endpoint, input, isCancelled, signal, logger };
  };
  const { log, settle } = acceptWhileHeld(parts.log, inHand);
  try {
    await driveBatch({ ...parts, log }, open, { held, signal });
  } catch (error) {
    // What it was stopped at may fail in any way.
    if (signal.aborted || error instanceof BatchLost) return logger.info('batch.left');
    logger.error({ err: error }, 'batch.drive-failed');
    await giveUp(parts, { held, signal, logger }, error);
  } finally {
    await settle();
  }
}
