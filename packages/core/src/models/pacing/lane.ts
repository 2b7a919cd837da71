/**
 * The way to one model, or to a whole provider, as all workers share it. Times are ms of one clock, 0 stands for never;
 * a lane that nothing is known of is blank.
 */
export interface Lane {
  /** Until when the provider wants no calls. */
  readonly pausedUntilMs: number;
  /** Calls that failed one after the other since `failedSinceMs`, while the circuit is closed. */
  readonly failures: number;
  readonly failedSinceMs: number;
  /** How long the circuit was opened for; 0: it is closed. */
  readonly openMs: number;
  /** Until when it lets nothing through: that long, or until its probe counts as lost. */
  readonly openUntilMs: number;
  /** The call that tries whether it may close; empty: none. */
  readonly probe: string;
  /** Calls that may be open at once, as far as refusals have taught; a fraction grows to the next whole one. 0: any number. */
  readonly limit: number;
  readonly loweredAtMs: number;
  /** When it last refused a call for too many, if none was answered since. */
  readonly refusedAtMs: number;
  /** Worker to how many calls it has open. */
  readonly calls: Readonly<Record<string, number>>;
}

/** What a call has come to. */
export interface LaneReport {
  /** The call. */
  readonly call: string;
  /** What it says of the circuit; `unknown` when it says nothing. */
  readonly result: CallResult;
  /** Whether it was refused because there were too many. */
  readonly slowDown: boolean;
  /** How long the provider wants no calls; 0: it does not say. */
  readonly pauseMs: number;
}

export type CallResult = 'answered' | 'failed' | 'unknown';

/** Why a lane lets no call in: the provider asked for a pause, its circuit is open, or all its slots are taken. */
export type RefusalReason = 'paused' | 'open' | 'full';

export interface Refusal {
  readonly reason: RefusalReason;
  /** When to come back. */
  readonly waitMs: number;
}

/** Figures of a lane; the script that runs the same rules in Redis is given them. */
export const laneRules = {
  /** Failures in a row that open the circuit, and within which time they have to fall. */
  failures: 5,
  failuresWithinMs: 30_000,
  /** How long it is open the first time; doubles with each probe that fails. */
  openMs: 5000,
  maxOpenMs: 60_000,
  /** After which a probe that has not come back no longer holds up the next one. */
  probeMs: 10_000,
  /** Told to those who come while a probe is out. */
  probingWaitMs: 500,
  /** Of a pause that others share: a daily limit that one caller meets must be looked at again. */
  maxPauseMs: 60_000,
  /** How much of what is open the limit becomes after refusals in a row. */
  lowerTo: 0.8,
  /** By how much an answer raises it at least. */
  raiseBy: 0.1,
  /** After so long the limit is forgotten if it was not lowered again, and so is a refusal. */
  limitMs: 600_000,
  fullWaitMs: 100,
} as const;

export const blankLane: Lane = {
  pausedUntilMs: 0,
  failures: 0,
  failedSinceMs: 0,
  openMs: 0,
  openUntilMs: 0,
  probe: '',
  limit: 0,
  loweredAtMs: 0,
  refusedAtMs: 0,
  calls: {},
};

/** The time, and who lives: the calls of a dead worker are over. */
export interface LaneClock {
  readonly nowMs: number;
  isAlive(worker: string): boolean;
}

/** The lane without what no longer counts. */
export function ageLane(lane: Lane, { nowMs, isAlive }: LaneClock): Lane {
  const { failedSinceMs, failures, loweredAtMs, limit, pausedUntilMs, refusedAtMs } = lane;
  return {
    ...lane,
    pausedUntilMs: pausedUntilMs > nowMs ? pausedUntilMs : 0,
    failures: nowMs - failedSinceMs <= laneRules.failuresWithinMs ? failures : 0,
    limit: nowMs - loweredAtMs <= laneRules.limitMs ? limit : 0,
    refusedAtMs: nowMs - refusedAtMs <= laneRules.limitMs ? refusedAtMs : 0,
    calls: Object.fromEntries(Object.entries(lane.calls).filter(([worker]) => isAlive(worker))),
  };
}

/** The lane after `worker` has said how many calls it has open. */
export function holdCalls(lane: Lane, worker: string, calls: number): Lane {
  const { [worker]: _, ...others } = lane.calls;
  return { ...lane, calls: calls === 0 ? others : { ...others, [worker]: calls } };
}

/** How many calls all workers have open. */
export function countCalls({ calls }: Lane): number {
  return Object.values(calls).reduce((sum, ofOne) => sum + ofOne, 0);
}

/** How many calls may be open at once; `cap` 0 is no cap. */
function slotsOf({ limit }: Lane, cap: number): number {
  const learnt = limit > 0 ? Math.max(1, Math.floor(limit)) : Number.POSITIVE_INFINITY;
  return Math.min(learnt, cap > 0 ? cap : Number.POSITIVE_INFINITY);
}

/** Why the lane lets nobody in now; undefined: it does. The call that asks is already counted in `calls`. */
export function refuseCall(lane: Lane, cap: number, nowMs: number): Refusal | undefined {
  if (lane.pausedUntilMs > nowMs) return { reason: 'paused', waitMs: lane.pausedUntilMs - nowMs };
  if (lane.openMs > 0 && lane.openUntilMs > nowMs) {
    const restMs = lane.openUntilMs - nowMs;
    return {
      reason: 'open',
      waitMs: lane.probe === '' ? restMs : Math.min(restMs, laneRules.probingWaitMs),
    };
  }
  if (countCalls(lane) > slotsOf(lane, cap)) return { reason: 'full', waitMs: laneRules.fullWaitMs };
  return undefined;
}

/** Whether nothing is known that could keep a call out. */
export function isFree({ pausedUntilMs, failures, openMs, limit, refusedAtMs }: Lane, cap: number): boolean {
  const known = [cap, pausedUntilMs, failures, openMs, limit, refusedAtMs];
  return known.every((figure) => figure === 0);
}

/** Whether there is anything to be told of it. */
export function isKnown(lane: Lane): boolean {
  return !isFree(lane, 0) || Object.keys(lane.calls).length > 0;
}
