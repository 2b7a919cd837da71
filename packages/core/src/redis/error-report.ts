import type { Logger } from '../logging/logger.ts';

/** Takes every error of a connection; writes few of them. */
export type ErrorReport = (error: Error, role: string) => void;

const intervalMs = 1000;

/**
 * Logs `redis.error` at most once a second over all connections that share it, with the number held back since the
 * last line: an outage makes thousands of errors in seconds. One per process.
 */
export function createErrorReport(logger: Logger, now: () => number = Date.now): ErrorReport {
  let lastMs = Number.NEGATIVE_INFINITY;
  let heldBack = 0;
  return (error, role) => {
    const nowMs = now();
    if (nowMs - lastMs < intervalMs) {
      heldBack += 1;
      return;
    }
    logger.error({ ...describe(error), connection: role, heldBack }, 'redis.error');
    lastMs = nowMs;
    heldBack = 0;
  };
}

/** Never the error itself: a failed AUTH carries the password in its `command.args`. */
function describe(error: Error): { error: string; message: string } {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { error: code, message: error.message };
}
