import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `work`, but no longer than `boundMs`; says which came first. Rejects as `work` does. */
export async function within(boundMs: number, work: Promise<unknown>): Promise<'done' | 'timed-out'> {
  const timer = new AbortController();
  const bound = delay(boundMs, 'timed-out' as const, { signal: timer.signal }).catch(
    () => 'timed-out' as const,
  );
  try {
    return await Promise.race([work.then(() => 'done' as const), bound]);
  } finally {
    timer.abort();
  }
}
