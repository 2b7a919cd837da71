import cors from 'cors';
import type { RequestHandler } from 'express';

/** Every header of ours that a page may read; without this list browsers hide them. */
const exposedHeaders = [
  'x-request-id',
  'x-calute-run-id',
  'x-calute-ignored-params',
  'x-should-retry',
  'retry-after',
  'retry-after-ms',
  ...['limit', 'remaining', 'reset'].flatMap((what) => [
    `x-ratelimit-${what}-requests`,
    `x-ratelimit-${what}-tokens`,
  ]),
];

/** How long a browser remembers the answer to its preflight. */
const maxAge = 600;

/** Lets pages of these origins call the API, `*` meaning all. Answers every preflight, for which browsers send no key. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const origin = origins.includes('*') ? '*' : [...origins];
  return cors({ origin, exposedHeaders, maxAge });
}
