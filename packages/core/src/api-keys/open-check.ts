import type { KeyStore } from './key-store.ts';

/** Well under the 30 s in which keys take effect: it is also how long a first key may be ignored. */
const openMs = 2000;

/**
 * Whether no key was ever created. Once there is one the answer is final; until then the store is asked again every 2 s.
 * Throws CaluteError `store_unavailable` rather than to guess.
 */
export function createOpenCheck(store: Pick<KeyStore, 'isEmpty'>, now: () => number): () => Promise<boolean> {
  let closed = false;
  let openSinceMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (closed) return false;
    const nowMs = now();
    if (nowMs - openSinceMs < openMs) return true;
    if (await store.isEmpty()) openSinceMs = nowMs;
    else closed = true;
    return !closed;
  };
}
