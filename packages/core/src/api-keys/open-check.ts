import type { KeyStore } from './key-store.ts';

/** Well under the 30 s in which keys take effect: it is also how long a first key may be ignored. */
const lookEveryMs = 2000;

/**
 * Whether everybody is served: no key was ever created, or the last one was deleted. The store is asked every 2 s. Once
 * there is a key the answer stays no while the store merely looks empty or cannot be asked: it may have lost its data.
 * Throws CaluteError `store_unavailable` rather than to guess before that.
 */
export function createOpenCheck(
  store: Pick<KeyStore, 'isEmpty' | 'isEmptied'>,
  now: () => number,
): () => Promise<boolean> {
  let closed = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const nowMs = now();
    if (nowMs - lookedAtMs < lookEveryMs) return !closed;
    if (closed) {
      lookedAtMs = nowMs; // because a store that is away is not asked with each request
      if (await store.isEmptied().catch(() => false)) closed = !(await store.isEmpty().catch(() => false));
      return !closed;
    }
    closed = !(await store.isEmpty());
    lookedAtMs = nowMs;
    return !closed;
  };
}
