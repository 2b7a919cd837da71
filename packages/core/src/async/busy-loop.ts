import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** A share of the time that is looked at for so long tells a busy loop from a burst. */
const lookMs = 50;
const busyShare = 0.85;

/** Tells whether this process's event loop had hardly any rest lately. */
export function createBusyLoop(): () => boolean {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  let lookedAt = performance.now();
  let isBusy = false;
  return () => {
    const now = performance.now();
    if (now - lookedAt < lookMs) return isBusy;
    const current = performance.eventLoopUtilization();
    isBusy = performance.eventLoopUtilization(current, last).utilization > busyShare;
    last = current;
    lookedAt = now;
    return isBusy;
  };
}
