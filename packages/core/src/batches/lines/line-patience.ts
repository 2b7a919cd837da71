import { jitterMs } from '../../async/back-off.ts';
import type { CaluteError, ErrorCode } from '../../errors.ts';

/** Codes that may come again for ever: a bug, a line that kills its workers, one that takes longer than an attempt may. */
const mostAttempts: Readonly<Partial<Record<ErrorCode, number>>> = {
  internal_error: 3,
  worker_lost: 20,
  deadline_exceeded: 3,
};

/** What a provider asks for beyond it is not believed. */
const longestPauseMs = 3_600_000;
const backOff = { maxRetries: Number.POSITIVE_INFINITY, baseMs: 1000, capMs: 60_000 };

/**
 * In how many ms a line is tried again whose attempt failed with what may pass; undefined when that was tried often enough. The rest is
 * tried until the window of the batch ends.
 */
export function nextAttemptMs(
  error: CaluteError,
  attempt: number,
  random: () => number = Math.random,
): number | undefined {
  const most = mostAttempts[error.code] ?? Number.POSITIVE_INFINITY;
  if (attempt + 1 >= most) return undefined;
  const askedMs = Math.min(error.retryAfterMs ?? 0, longestPauseMs);
  return Math.max(askedMs, backOff.baseMs / 2 + jitterMs(backOff, attempt, random));
}
