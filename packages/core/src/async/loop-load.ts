import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** The share of the last moments, 0 to 1, in which this process's event loop had something to do. */
export type LoopLoad = () => number;

/** Long enough to tell load from a burst. */
const lookMs = 50;

export function createLoopLoad(): LoopLoad {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  let lookedAt = performance.now();
  let load = 0;
  return () => {
    const now = performance.now();
    if (now - lookedAt < lookMs) return load;
    const current = performance.eventLoopUtilization();
    load = performance.eventLoopUtilization(current, last).utilization;
    last = current;
    lookedAt = now;
    return load;
  };
}

/** From this load on a loop has hardly any rest. */
export const busyLoad = 0.85;
