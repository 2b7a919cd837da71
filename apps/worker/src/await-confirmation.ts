import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { RunLog } from '@calute/core/log/run-log';

const firstPauseMs = 10;
const longestPauseMs = 500;

/**
 * Resolves once tools of a provisional run may start: the API that accepted it is asked to confirm it, which takes about a
 * millisecond, again and again; or the signal has aborted. An API that died, or has told its client that the run was not
 * accepted, does not answer: then the run ends because nobody listens.
 */
export async function awaitConfirmation(
  log: Pick<RunLog, 'isConfirmed'>,
  runId: RunId,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted && !(await isConfirmed(log, runId))) {
    await delay(pauseMs, undefined, { signal }).catch(() => undefined); // because the signal is looked at next
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

async function isConfirmed(log: Pick<RunLog, 'isConfirmed'>, runId: RunId): Promise<boolean> {
  try {
    return await log.isConfirmed(runId);
  } catch (error) {
    if (CaluteError.is(error) && error.code === 'store_unavailable') return false;
    throw error;
  }
}
