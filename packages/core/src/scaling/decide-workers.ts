/** What a decision is made of. */
export interface WorkerDemand {
  /** How many workers the runs need; undefined when nobody could say, or not of late. */
  readonly needed: number | undefined;
  /** Whether no provider takes calls: more workers would only wait for it. */
  readonly isProviderPaused: boolean;
  /** Whether runs wait though workers have room: those are too busy to take them. */
  readonly isStuck: boolean;
}

/** The workers there are: those that take runs, and how many of them are up. */
export interface WorkerCount {
  readonly workers: number;
  readonly up: number;
}

export interface ScaleLimits {
  readonly minWorkers: number;
  readonly maxWorkers: number;
}

/** How slowly the number goes down. */
export interface DownTimes {
  /** The most that were needed within this time stay. @defaultValue 300_000 */
  readonly holdMs: number;
  /** Between two workers that go. @defaultValue 30_000 */
  readonly everyMs: number;
}

export const defaultDownTimes: DownTimes = { holdMs: 300_000, everyMs: 30_000 };

/** What earlier decisions remember; `{}` at first. */
export interface Trend {
  /** What was needed, as far as nothing more was needed since: falling, the oldest first. */
  readonly peaks?: readonly Peak[];
  /** When the last decision was, the trend began, a worker went last, runs began to be stuck, and the last worker went. */
  readonly lastMs?: number;
  readonly beganMs?: number;
  readonly wentMs?: number;
  readonly stuckSinceMs?: number;
  readonly emptySinceMs?: number;
}

interface Peak {
  readonly atMs: number;
  readonly needed: number;
}

/** Why the number changes or stays. */
export type DecisionReason =
  | 'enough'
  | 'more-needed'
  | 'fewer-needed'
  | 'provider-paused'
  | 'stuck'
  | 'figures-missing'
  | 'limits'
  | 'keep-listed';

export interface Decision {
  readonly workers: number;
  readonly reason: DecisionReason;
  readonly trend: Trend;
}

export interface DecideOptions {
  readonly limits: ScaleLimits;
  readonly down?: DownTimes;
  readonly nowMs: number;
}

const stuckMs = 2000;
/** What workers announce is kept for a day after the last one; halfway one comes up to announce it again. */
const emptyMs = 12 * 60 * 60 * 1000;

/**
 * How many workers there ought to be. Up at once, to at most twice those that are up, because what is asked for is not there
 * yet; down one by one, to the most that were needed of late. Without figures the number stays.
 */
export function decideWorkers(
  demand: WorkerDemand,
  count: WorkerCount,
  trend: Trend,
  options: DecideOptions,
): Decision {
  const { limits, nowMs, down = defaultDownTimes } = options;
  const { workers } = count;
  const { minWorkers, maxWorkers } = limits;
  const remembered = remember(demand, workers, { trend, nowMs, holdMs: down.holdMs });
  const stay = (reason: DecisionReason): Decision => ({ workers, reason, trend: remembered });
  const go = (to: number, reason: DecisionReason): Decision => ({
    workers: to,
    reason,
    trend: to < workers ? { ...remembered, wentMs: nowMs } : settle(remembered),
  });
  if (workers < minWorkers) return go(minWorkers, 'limits');
  if (workers > maxWorkers) return go(maxWorkers, 'limits');
  if (demand.needed === undefined) return stay('figures-missing');
  const target = Math.min(maxWorkers, Math.max(minWorkers, demand.needed));
  if (target > workers) {
    // Somebody has to try whether the provider is well again.
    if (demand.isProviderPaused && workers > 0) return stay('provider-paused');
    const most = Math.max(1, 2 * count.up);
    return most > workers ? go(Math.min(target, most), 'more-needed') : stay('more-needed');
  }
  if (isLong(remembered.stuckSinceMs, nowMs, stuckMs) && workers < maxWorkers && !demand.isProviderPaused)
    return go(workers + 1, 'stuck');
  if (workers === 0 && maxWorkers > 0 && isLong(remembered.emptySinceMs, nowMs, emptyMs))
    return go(1, 'keep-listed');
  return mayGo(remembered, { floor: Math.max(minWorkers, workers - 1), nowMs, down }) && workers > minWorkers
    ? go(workers - 1, 'fewer-needed')
    : stay('enough');
}

interface Remembering {
  readonly trend: Trend;
  readonly nowMs: number;
  readonly holdMs: number;
}

/** Time without figures does not count: nothing was seen of it. */
function remember(
  { needed, isStuck }: WorkerDemand,
  workers: number,
  { trend, nowMs, holdMs }: Remembering,
): Trend {
  const {
    peaks = [],
    lastMs = nowMs,
    beganMs = nowMs,
    wentMs,
    stuckSinceMs = nowMs,
    emptySinceMs = nowMs,
  } = trend;
  const unseenMs = needed === undefined ? nowMs - lastMs : 0;
  const recent = peaks
    .map((peak) => ({ ...peak, atMs: peak.atMs + unseenMs }))
    .filter(({ atMs }) => nowMs - atMs < holdMs);
  return {
    peaks:
      needed === undefined
        ? recent
        : [...recent.filter((peak) => peak.needed > needed), { atMs: nowMs, needed }],
    lastMs: nowMs,
    beganMs: beganMs + unseenMs,
    ...(wentMs === undefined ? {} : { wentMs }),
    ...(isStuck ? { stuckSinceMs: stuckSinceMs + unseenMs } : {}),
    ...(workers === 0 ? { emptySinceMs } : {}),
  };
}

/** Whether fewer than now were enough for long enough, and the last one that went has been gone for a while. */
function mayGo(
  { peaks = [], beganMs = 0, wentMs = Number.NEGATIVE_INFINITY }: Trend,
  { floor, nowMs, down }: { readonly floor: number; readonly nowMs: number; readonly down: DownTimes },
): boolean {
  if (nowMs - beganMs < down.holdMs || nowMs - wentMs < down.everyMs) return false;
  return peaks.every(({ needed }) => needed <= floor);
}

/** A further worker gets time to show what it does. */
function settle({ stuckSinceMs: _stuck, emptySinceMs: _empty, ...trend }: Trend): Trend {
  return trend;
}

function isLong(sinceMs: number | undefined, nowMs: number, ms: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= ms;
}
