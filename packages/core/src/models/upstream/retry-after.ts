/**
 * When an upstream wants to be asked again, in ms from `now`: `retry-after-ms`, else `retry-after` in seconds or as an HTTP
 * date; undefined when it does not say or says nonsense.
 */
export function readRetryAfterMs(
  headers: Readonly<Record<string, string>>,
  now: number = Date.now(),
): number | undefined {
  const milliseconds = toNumber(headers['retry-after-ms']);
  if (milliseconds !== undefined) return milliseconds;
  const header = headers['retry-after'];
  const seconds = toNumber(header);
  if (seconds !== undefined) return seconds * 1000;
  // Date.parse takes "-1" for a year.
  const date = header !== undefined && /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toNumber(header: string | undefined): number | undefined {
  const value = header === undefined || header.trim() === '' ? Number.NaN : Number(header);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
