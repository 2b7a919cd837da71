export interface Load {
  /** Runs that no worker has taken yet. */
  readonly backlog: number;
  readonly running: number;
  readonly workers: number;
  readonly nowMs: number;
}

export interface ScaleLimits {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
}

/** What earlier decisions remember; `{}` at first. */
export interface Trend {
  /** Since when runs have waited though workers have room: those are too busy to take them. */
  readonly waitingSinceMs?: number;
  /** Since when fewer workers would have been enough. */
  readonly idleSinceMs?: number;
}

export interface Decision {
  readonly workers: number;
  readonly trend: Trend;
}

const addAfterWaitingMs = 2000;
const removeAfterIdleMs = 30_000;
/** Fewer workers are enough only if they would be no more than so full: otherwise the next run brings one back. */
const fullEnough = 0.7;

/** How many workers there ought to be: more at once when the runs do not fit, one less after a long quiet time. */
export function decideWorkers(load: Load, limits: ScaleLimits, trend: Trend): Decision {
  const { backlog, running, workers, nowMs } = load;
  const { minWorkers, maxWorkers, concurrency } = limits;
  const within = (count: number) => Math.min(Math.max(count, minWorkers), maxWorkers);
  const needed = within(Math.ceil((backlog + running) / concurrency));
  if (needed > workers || within(workers) !== workers)
    return { workers: Math.max(needed, within(workers)), trend: {} };
  if (backlog > 0) {
    const waitingSinceMs = trend.waitingSinceMs ?? nowMs;
    if (nowMs - waitingSinceMs < addAfterWaitingMs) return { workers, trend: { waitingSinceMs } };
    return { workers: within(workers + 1), trend: {} };
  }
  const idle = workers > minWorkers && running <= fullEnough * concurrency * (workers - 1);
  if (!idle) return { workers, trend: {} };
  const idleSinceMs = trend.idleSinceMs ?? nowMs;
  if (nowMs - idleSinceMs < removeAfterIdleMs) return { workers, trend: { idleSinceMs } };
  return { workers: within(workers - 1), trend: { idleSinceMs: nowMs } };
}
