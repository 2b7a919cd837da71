import { CaluteError } from '../errors.ts';
import type { ApiKey } from './api-key.ts';
import { createBoundedMap } from './bounded-map.ts';
import type { KeyStore } from './key-store.ts';
import { createLookupBudget } from './lookup-budget.ts';

export interface KeyLookupParts {
  readonly store: Pick<KeyStore, 'find'>;
  readonly now: () => number;
  /** For how long a key is used without another look; at most 30 s. */
  readonly cacheMs: number;
  /** Keys kept, and as many hashes that belong to no key. @defaultValue 10_000 */
  readonly maxEntries?: number;
  /** Looks for unknown keys in one second; more are told to slow down. @defaultValue 500 */
  readonly maxMissesPerSecond?: number;
}

/** The valid key of a hash; undefined when there is none or it is revoked. Throws store_unavailable, slow_down. */
export type KeyLookup = (secretHash: string) => Promise<ApiKey | undefined>;

/** No key lives longer than this without a look into the store: revocations take effect within it, outage or not. */
const maxStaleMs = 30_000;
/** Short, so that a key restored to the store works soon. */
const unknownMs = 2000;

/**
 * A cache before the key store. Found and unknown hashes are kept apart, so that guesses cannot push real keys out;
 * while the store is down, or guesses have used up the budget, a key found in the last 30 s keeps working.
 */
export function createKeyLookup(parts: KeyLookupParts): KeyLookup {
  const { now, maxEntries = 10_000 } = parts;
  const freshMs = Math.min(parts.cacheMs, maxStaleMs);
  const found = createBoundedMap<string, { key: ApiKey; atMs: number }>(maxEntries);
  const unknown = createBoundedMap<string, number>(maxEntries);
  const look = createLook(parts);

  const refresh = async (hash: string): Promise<ApiKey | undefined> => {
    const atMs = now(); // because a revocation may come between the look and its answer
    const key = await look(hash);
    const valid = key?.revokedAtMs === undefined ? key : undefined;
    if (valid) found.set(hash, { key: valid, atMs });
    else found.delete(hash);
    if (!valid) unknown.set(hash, atMs);
    return valid;
  };

  return async (hash) => {
    const cached = found.get(hash);
    const ageMs = cached === undefined ? Number.POSITIVE_INFINITY : now() - cached.atMs;
    if (ageMs < freshMs) return cached?.key;
    if (now() - (unknown.get(hash) ?? Number.NEGATIVE_INFINITY) < unknownMs) return undefined;
    try {
      return await refresh(hash);
    } catch (error) {
      if (CaluteError.is(error) && ageMs < maxStaleMs) return cached?.key;
      throw error;
    }
  };
}

/** One look at a time for each hash, and a bound on those that find nothing. */
function createLook({ store, now, maxMissesPerSecond = 500 }: KeyLookupParts): KeyLookup {
  const budget = createLookupBudget(maxMissesPerSecond, now);
  const inFlight = new Map<string, Promise<ApiKey | undefined>>();
  const lookOnce = async (hash: string) => {
    try {
      const key = await store.find(hash);
      if (key) budget.giveBack();
      return key;
    } finally {
      inFlight.delete(hash);
    }
  };
  return async (hash) => {
    const pending = inFlight.get(hash);
    if (pending) return pending;
    if (!budget.take()) {
      throw new CaluteError('slow_down', 'Too many unknown API keys are being tried; retry in a moment.', {
        retryAfterMs: 1000,
      });
    }
    const started = lookOnce(hash);
    inFlight.set(hash, started);
    return started;
  };
}
