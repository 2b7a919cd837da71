import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms`; an abort throws the signal's reason at once. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export const wait: Wait = async (ms, signal) => {
  signal.throwIfAborted();
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    // The timer rejects with an AbortError of its own, callers expect the signal's reason.
    signal.throwIfAborted();
    throw error;
  }
};
