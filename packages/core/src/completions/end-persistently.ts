import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import type { EndOptions, EndOutcome, RunLog } from '../run-store/run-log.ts';

export interface EndPersistentlyParts {
  readonly log: Pick<RunLog, 'end'>;
  readonly logger: Logger;
  /** Pauses between two tries. @defaultValue 1, 2, 4, 8 and 16 s */
  readonly pausesMs?: readonly number[];
}

/**
 * Ends a run that nobody waits for, as gone away from; tries again while the store does not answer, because a run that is
 * left running costs money. Never throws: when it gives up, the run's deadline still bounds it, and the answer is undefined.
 */
export async function endPersistently(
  { log, logger, pausesMs = [1000, 2000, 4000, 8000, 16_000] }: EndPersistentlyParts,
  runId: RunId,
  options: EndOptions,
): Promise<EndOutcome | undefined> {
  let failure: unknown;
  for (const pauseMs of [0, ...pausesMs]) {
    await delay(pauseMs);
    try {
      return await log.end(runId, { reason: 'cancelled', by: 'disconnect' }, options);
    } catch (error) {
      failure = error;
      if (!CaluteError.is(error) || error.code !== 'store_unavailable') break;
    }
  }
  logger.warn({ err: failure, runId }, 'run.end-failed');
  return undefined;
}
