import { CaluteError } from '../errors.ts';
import type { Logger } from '../logging/logger.ts';
import type { Backlog } from '../run-store/backlog/backlog.ts';
import type { DueRun, OverdueRuns } from '../run-store/end/overdue-runs.ts';
import type { ExpiredLease, Leases } from '../run-store/lease/leases.ts';
import type { RunLog } from '../run-store/run-log.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { RunQueue } from './run-queue.ts';

export interface SweepParts {
  readonly overdue: OverdueRuns;
  readonly log: Pick<RunLog, 'end'>;
  readonly leases: Pick<Leases, 'expired'>;
  readonly backlog: Pick<Backlog, 'add'>;
  readonly queue: Pick<RunQueue, 'add' | 'remove'>;
  readonly dispatcher: Pick<Dispatcher, 'fill'>;
  readonly logger: Logger;
}

/** Between two sweeps, where no deadline asks for an earlier one. */
export const sweepEveryMs = 1000;
/** Runs looked at by one sweep. */
const batch = 100;
/** After a deadline: by then whoever waits for the run, or works on it, has ended it, and the processes come one by one. */
const afterDeadlineMs = { least: 20, most: 60 };
/** However many deadlines are near. */
const shortestPauseMs = 50;
/** A worker ends what it holds, and knows what that has used; one that has not by then is gone. */
const workerGraceMs = 200;

/**
 * What no other process does when the one in charge has died: ends runs that are past their deadline, hands out the runs of dead
 * workers again, and queues runs that were accepted and never queued. Every process sweeps; doing it twice changes nothing. Gives the
 * pause until the next one, in ms.
 * Throws CaluteError `store_unavailable`, and in the end what a broken record made it fail at.
 */
export async function sweep(parts: SweepParts): Promise<number> {
  const { overdue, log, leases, queue, dispatcher, logger } = parts;
  const failures: unknown[] = [];
  // A run whose record is broken must not keep others from being looked after.
  const each = async <Item>(items: readonly Item[], lookAt: (item: Item) => Promise<void>) => {
    for (const item of items) {
      try {
        await lookAt(item);
      } catch (error) {
        if (CaluteError.is(error)) throw error;
        failures.push(error);
      }
    }
  };
  const due = await overdue.list(batch, sweepEveryMs);
  const overdueRuns = due.filter(({ inMs }) => inMs <= 0);
  await each(overdueRuns, async ({ runId, inMs }) => {
    const spare = -inMs < workerGraceMs ? ({ spare: 'held' } as const) : {};
    const outcome = await log.end(runId, { reason: 'cancelled', by: 'deadline' }, spare);
    if (outcome !== 'ended') return;
    logger.info({ runId }, 'run.deadline-passed');
    await queue.remove(runId);
  });
  await each(await leases.expired(batch), (expired) => lookAfter(parts, expired));
  await dispatcher.fill();
  if (failures.length > 0) throw failures[0];
  return due.length === batch ? shortestPauseMs : untilNext(due);
}

function untilNext(due: readonly DueRun[]): number {
  const next = due.find(({ inMs }) => inMs > 0);
  if (next === undefined) return sweepEveryMs;
  const { least, most } = afterDeadlineMs;
  const pauseMs = next.inMs + least + Math.random() * (most - least);
  return Math.min(sweepEveryMs, Math.max(shortestPauseMs, pauseMs));
}

async function lookAfter(
  { log, backlog, queue, logger }: SweepParts,
  { due, runId, epoch }: ExpiredLease,
): Promise<void> {
  switch (due) {
    case 'lost':
      logger.warn({ runId, attempt: epoch }, 'run.worker-lost');
      return await queue.add({ runId, epoch }, { inFront: true });
    case 'unclaimed':
      return await queue.add({ runId, epoch }, { again: true });
    case 'unqueued':
      logger.warn({ runId }, 'run.queued-by-sweep');
      return await backlog.add(runId);
    case 'abandoned':
      await log.end(runId, { reason: 'cancelled', by: 'disconnect' });
      logger.warn({ runId }, 'run.abandoned-unqueued');
  }
}
