import { setTimeout as wait } from 'node:timers/promises';

const everyMs = 50;

/** Reads a figure again and again; `stop` gives the highest. Undefined when it was never told. */
export function watchPeak(read: () => Promise<number | undefined>): { stop(): Promise<number | undefined> } {
  const stopping = new AbortController();
  const watch = async () => {
    let peak: number | undefined;
    while (!stopping.signal.aborted) {
      const now = await read();
      if (now !== undefined) peak = Math.max(peak ?? now, now);
      await wait(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return peak;
  };
  const watching = watch();
  return {
    stop() {
      stopping.abort();
      return watching;
    },
  };
}
