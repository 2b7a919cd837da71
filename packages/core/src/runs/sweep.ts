import type { RunIndex } from '../log/run-index.ts';
import type { RunLog } from '../log/run-log.ts';
import type { Logger } from '../logging/logger.ts';
import type { RunQueue } from '../queue/run-queue.ts';

export interface SweepParts {
  readonly index: RunIndex;
  readonly log: RunLog;
  readonly queue: RunQueue;
  readonly logger: Logger;
}

export interface SweepLimits {
  /** A run that is accepted is normally on the queue within milliseconds. */
  readonly unclaimedAfterMs: number;
  /** Runs looked at by one sweep. */
  readonly batch: number;
}

/**
 * What no other process does when the one in charge has died: ends runs that are past their deadline, and queues runs
 * that were accepted and never queued. Every process sweeps; doing it twice changes nothing.
 * Throws CaluteError `store_unavailable`.
 */
export async function sweep(
  { index, log, queue, logger }: SweepParts,
  { unclaimedAfterMs, batch }: SweepLimits,
) {
  for (const runId of await index.overdue(batch)) {
    const outcome = await log.end(runId, { reason: 'cancelled', by: 'deadline' });
    if (outcome !== 'ended') continue;
    logger.info({ runId }, 'run.deadline-passed');
    await queue.remove(runId);
  }
  const unclaimed = await index.unclaimed({ olderThanMs: unclaimedAfterMs, limit: batch });
  for (const runId of await queue.missing(unclaimed)) {
    await queue.add(runId);
    logger.warn({ runId }, 'run.queued-by-sweep');
  }
}
