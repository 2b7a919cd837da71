/** How often a call is tried again, and how long it may wait for that. */
export interface BackOff {
  /** Further tries after the first. @defaultValue 2 */
  readonly maxRetries: number;
  /** The first wait is at most this long, each further one twice as long. @defaultValue 250 */
  readonly baseMs: number;
  /** Of one wait that the upstream did not ask for. @defaultValue 4_000 */
  readonly capMs: number;
  /** Of all waits of one call together, those that the upstream asks for included. @defaultValue 900 */
  readonly maxWaitMs: number;
}

/**
 * Streams send their headers after 1 s, so longer waits would turn an HTTP status that SDKs retry into an event that they
 * do not: whoever has to wait longer is told so at once.
 */
export const defaultBackOff: BackOff = { maxRetries: 2, baseMs: 250, capMs: 4000, maxWaitMs: 900 };

/** A wait with full jitter: anything from 0 to the bound, so that calls that failed together do not come back together. */
export function jitterMs({ baseMs, capMs }: BackOff, retry: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** retry);
}
