import type { ServerResponse } from 'node:http';
import type { RateLimitState } from '@calute/core/run-store/run-log';

/** OpenAI's `x-ratelimit-*` headers, for the limits that the key has. */
export function setRateLimitHeaders(response: ServerResponse, rate: RateLimitState): void {
  if (response.headersSent) return;
  const reset = formatReset(rate.resetMs);
  for (const name of ['requests', 'tokens'] as const) {
    const window = rate[name];
    if (window === undefined) continue;
    response.setHeader(`x-ratelimit-limit-${name}`, window.limit);
    response.setHeader(`x-ratelimit-remaining-${name}`, window.remaining);
    response.setHeader(`x-ratelimit-reset-${name}`, reset);
  }
}

/** OpenAI's way of writing a duration: `20ms`, `1s`, `6m0s`. */
export function formatReset(resetMs: number): string {
  const rounded = Math.max(0, Math.ceil(resetMs));
  if (rounded < 1000) return `${rounded}ms`;
  const seconds = Math.ceil(rounded / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
