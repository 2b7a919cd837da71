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
  /** Worker to how many calls it has open, and until when that counts. */
  readonly held: Readonly<Record<string, readonly [calls: number, untilMs: number]>>;
}

/** What a call has come to. */
export interface LaneReport {
  /** The call. */
  readonly call: string;
  /** How long ago it was let in. */
  readonly ageMs: number;
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
  /** What is left of the limit after a refusal. */
  lowerTo: 0.7,
  /** By how many calls it grows while as many as it allows are answered: a refusal that was no matter of load is soon made up for. */
  raiseBy: 4,
  /** After so long without a refusal the limit is forgotten. */
  limitMs: 600_000,
  /** How long the calls of a worker count that is not heard of. */
  heldMs: 15_000,
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
  held: {},
};

/** The lane without what no longer counts. */
export function ageLane(lane: Lane, nowMs: number): Lane {
  const { failedSinceMs, failures, loweredAtMs, limit, pausedUntilMs } = lane;
  return {
    ...lane,
    pausedUntilMs: pausedUntilMs > nowMs ? pausedUntilMs : 0,
    failures: nowMs - failedSinceMs <= laneRules.failuresWithinMs ? failures : 0,
    limit: nowMs - loweredAtMs <= laneRules.limitMs ? limit : 0,
    held: Object.fromEntries(
      Object.entries(lane.held).filter(([, [calls, untilMs]]) => calls > 0 && untilMs > nowMs),
    ),
  };
}

/** The lane after `worker` has said how many calls it has open. */
export function holdCalls(lane: Lane, worker: string, { calls, nowMs }: HeldCalls): Lane {
  const { [worker]: _, ...others } = lane.held;
  if (calls === 0) return { ...lane, held: others };
  return { ...lane, held: { ...others, [worker]: [calls, nowMs + laneRules.heldMs] } };
}

export interface HeldCalls {
  readonly calls: number;
  readonly nowMs: number;
}

/** How many calls all workers have open. */
export function countCalls({ held }: Lane): number {
  return Object.values(held).reduce((sum, [calls]) => sum + calls, 0);
}

/** How many calls may be open at once; `cap` 0 is no cap. */
function slotsOf({ limit }: Lane, cap: number): number {
  const learnt = limit > 0 ? Math.max(1, Math.floor(limit)) : Number.POSITIVE_INFINITY;
  return Math.min(learnt, cap > 0 ? cap : Number.POSITIVE_INFINITY);
}

/** Why the lane lets nobody in now; undefined: it does. The call that asks is already counted in `held`. */
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
export function isFree({ pausedUntilMs, failures, openMs, limit }: Lane, cap: number): boolean {
  return cap === 0 && pausedUntilMs === 0 && failures === 0 && openMs === 0 && limit === 0;
}

/** Whether there is anything to be told of it. */
export function isKnown(lane: Lane): boolean {
  return !isFree(lane, 0) || Object.keys(lane.held).length > 0;
}
