import type { Queue } from 'bullmq';

/** A limit that an operator sets counts from then on at the latest. */
const lookEveryMs = 1000;

/**
 * Tells whether an operator has limited, by BullMQ's own means, how many jobs may be active at once or start within a time; as it
 * was a second ago at most.
 */
export function createOperatorLimits(
  queue: Pick<Queue, 'getGlobalConcurrency' | 'getGlobalRateLimit'>,
  now: () => number,
): () => Promise<boolean> {
  let known: { readonly areLimited: boolean; readonly until: number } | undefined;
  return async () => {
    if (known && now() < known.until) return known.areLimited;
    const [concurrency, rate] = await Promise.all([queue.getGlobalConcurrency(), queue.getGlobalRateLimit()]);
    known = { areLimited: concurrency !== null || rate !== null, until: now() + lookEveryMs };
    return known.areLimited;
  };
}
