import { startPeriodic } from '../async/periodic.ts';
import { type DecideOptions, type Decision, decideWorkers, type Trend } from './decide-workers.ts';
import type { ScalingSignal } from './scaling-signal.ts';

/** The load as it was looked at last, and how many workers the law would have. */
export interface WatchedDemand extends AsyncDisposable {
  /** Looks now, unless that was done a moment ago. Throws CaluteError `store_unavailable`. */
  read(): Promise<WatchedSignal>;
}

export interface WatchedSignal extends ScalingSignal {
  readonly desired: number;
}

export interface WatchDemandParts {
  read(): Promise<ScalingSignal>;
  /** In ms; never goes back. */
  readonly now: () => number;
  onError(error: unknown): void;
  /** @defaultValue 5000 */
  readonly everyMs?: number;
}

/** How old a look may be. */
const freshMs = 500;
const limits = { minWorkers: 0, maxWorkers: Number.MAX_SAFE_INTEGER };

/**
 * Looks at the load now and then, so that what was needed in the last minutes is known when an autoscaler asks. It desires what
 * the supervisor would, from the workers that live.
 */
export function watchDemand({ read, now, onError, everyMs = 5000 }: WatchDemandParts): WatchedDemand {
  let trend: Trend = {};
  let latest: { readonly atMs: number; readonly signal: Promise<WatchedSignal> } | undefined;
  const look = async (): Promise<WatchedSignal> => {
    const signal = await read();
    const options: DecideOptions = { limits, nowMs: now() };
    const count = { workers: signal.liveWorkers, up: signal.liveWorkers };
    const decision: Decision = decideWorkers(signal, count, trend, options);
    trend = decision.trend;
    return { ...signal, desired: decision.workers };
  };
  const readOnce = () => {
    if (latest === undefined || now() - latest.atMs >= freshMs) latest = { atMs: now(), signal: look() };
    return latest.signal;
  };
  const looking = startPeriodic({ everyMs, round: async () => void (await readOnce()), onError });
  return { read: readOnce, [Symbol.asyncDispose]: () => looking.stop() };
}
