import { type ResponseHeaders, readResetMs } from './rate-limit-reset.ts';
import { readDurationMs } from './read-duration.ts';

/**
 * Reads when an upstream wants to be asked again, in ms from `now`: `retry-after-ms`, else `retry-after` (seconds, a duration
 * like `6m0s`, or an HTTP date), else the rate limit headers. Undefined when it does not say, or says nonsense.
 */
export function readRetryAfterMs(headers: ResponseHeaders, now: number = Date.now()): number | undefined {
  return (
    toMs(headers['retry-after-ms'], 1) ??
    readRetryAfter(headers['retry-after'], now) ??
    readResetMs(headers, now)
  );
}

function readRetryAfter(header: string | undefined, now: number): number | undefined {
  const ms = toMs(header, 1000) ?? readDurationMs(header);
  if (ms !== undefined) return ms;
  // Date.parse takes "-1" for a year.
  const date = header !== undefined && /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toMs(header: string | undefined, unitMs: number): number | undefined {
  const value = header === undefined || header.trim() === '' ? Number.NaN : Number(header);
  return Number.isFinite(value) && value >= 0 ? value * unitMs : undefined;
}
