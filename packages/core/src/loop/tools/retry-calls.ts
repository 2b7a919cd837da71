import { defaultBackOff, jitterMs } from '../../async/back-off.ts';
import type { Wait } from '../../async/wait.ts';

export interface Retrying {
  /** Further tries after the first. */
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * What `attempt` comes to, tried again after each failure as often as allowed, with a growing wait with full jitter in
 * between. Throws the last failure; an abort throws the signal's reason.
 */
export async function retryCalls<Result>(
  attempt: () => Promise<Result>,
  { retries, signal, wait, random }: Retrying,
): Promise<Result> {
  for (let retry = 0; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (retry >= retries) throw error;
    }
    await wait(jitterMs(defaultBackOff, retry, random), signal);
  }
}
