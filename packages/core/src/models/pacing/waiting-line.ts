import type { Wait } from '../../async/wait.ts';

/**
 * The calls of one worker that wait for the same model. Who gets in wakes the next, so that only the first has to look at
 * short intervals whether there is room.
 */
export interface WaitingLine {
  /** Waits for `ms`, longer for those further behind, or until it is woken. An abort throws the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Wakes the one that has waited longest. */
  wakeNext(): void;
  /** One that has waited was let in. */
  countEntry(): void;
  /** Whether it gets on so fast that all who wait are let in within a second. */
  isShort(): boolean;
}

export interface WaitingLineParts {
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
  /** In ms; never goes back. */
  readonly now: () => number;
}

/** How much later each one looks than the one before it. */
const spacingMs = 100;
/** Over which it is counted how fast the line gets on. */
const countedMs = 1000;

export function createWaitingLine({ wait, random, now }: WaitingLineParts): WaitingLine {
  const line: AbortController[] = [];
  const enteredMs: number[] = [];
  const forgetOld = () => {
    const recent = enteredMs.findIndex((atMs) => now() - atMs < countedMs);
    enteredMs.splice(0, recent === -1 ? enteredMs.length : recent);
  };
  return {
    async wait(ms, signal) {
      const woken = new AbortController();
      const laterMs = spacingMs * (line.length + random());
      line.push(woken);
      try {
        await wait(ms + laterMs, AbortSignal.any([signal, woken.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (!woken.signal.aborted) throw error;
      } finally {
        const at = line.indexOf(woken);
        if (at !== -1) line.splice(at, 1);
      }
    },
    wakeNext: () => line.shift()?.abort(),
    countEntry() {
      forgetOld();
      enteredMs.push(now());
    },
    isShort() {
      forgetOld();
      return line.length < enteredMs.length;
    },
  };
}
