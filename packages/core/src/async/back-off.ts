/** How often a call is tried again, and after how long. */
export interface BackOff {
  /** Further tries after the first. @defaultValue 2 */
  readonly maxRetries: number;
  /** The first wait is at most this long, each further one twice as long. @defaultValue 250 */
  readonly baseMs: number;
  /** Of one wait that the upstream did not ask for. @defaultValue 4_000 */
  readonly capMs: number;
}

/** Short: a failure of a stream is an HTTP status, which SDKs retry, only in its first second. */
export const defaultBackOff: BackOff = { maxRetries: 2, baseMs: 250, capMs: 4000 };

/** A wait with full jitter: anything from 0 to the bound, so that calls that failed together do not come back together. */
export function jitterMs({ baseMs, capMs }: BackOff, retry: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** retry);
}
