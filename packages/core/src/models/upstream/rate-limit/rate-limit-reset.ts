import { readDurationMs } from './read-duration.ts';

/** Names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** `x-ratelimit-reset-tokens` (OpenAI, Groq), `anthropic-ratelimit-tokens-reset`, `x-ratelimit-reset` (OpenRouter), `ratelimit-reset`. */
const resetName = /^(?<before>(?:x-|anthropic-)?ratelimit-(?:[a-z-]+-)?)reset(?<after>-[a-z-]+)?$/;

/** A number above is a time and not a span: seconds since 1970, or milliseconds. */
const firstEpochSeconds = 1e9;
const firstEpochMs = 1e12;

/**
 * Reads in how many ms a rate limit ends. Of several limits those count that have nothing left; when none says so, the one
 * that ends first. A value is a duration (`1s`, `6m0s`), seconds, a time since 1970 in seconds or ms, or a date.
 */
export function readResetMs(headers: ResponseHeaders, now: number): number | undefined {
  const limits = Object.entries(headers).flatMap(([name, value]) => {
    const resetMs = resetName.test(name) ? readTime(value, now) : undefined;
    return resetMs === undefined ? [] : [{ resetMs, isSpent: isZero(headers[remainingOf(name)]) }];
  });
  const spent = limits.filter(({ isSpent }) => isSpent).map(({ resetMs }) => resetMs);
  if (spent.length > 0) return Math.max(...spent);
  return limits.length === 0 ? undefined : Math.min(...limits.map(({ resetMs }) => resetMs));
}

function remainingOf(resetHeader: string): string {
  return resetHeader.replace(resetName, '$<before>remaining$<after>');
}

function isZero(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '' && Number(value) <= 0;
}

function readTime(value: string, now: number): number | undefined {
  const text = value.trim();
  const span = readDurationMs(text);
  if (span !== undefined) return span;
  if (/^\d+(\.\d+)?$/.test(text)) return toSpanMs(Number(text), now);
  const date = /^\d{4}-\d\d-\d\dT|^[a-z]{3}, /i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toSpanMs(value: number, now: number): number {
  if (value >= firstEpochMs) return Math.max(0, value - now);
  return value >= firstEpochSeconds ? Math.max(0, value * 1000 - now) : value * 1000;
}
