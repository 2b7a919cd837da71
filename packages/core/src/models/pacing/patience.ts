import type { CaluteError } from '../../errors.ts';
import { ProviderPaused } from './provider-paused.ts';

/** How a call takes a provider that does not want it now. */
export interface Patience {
  /** `wait`: it waits in place. `leave`: it throws ProviderPaused, for runs that nobody watches. */
  readonly ifPaused: 'wait' | 'leave';
  /** When the run is over, in Unix ms. */
  readonly deadlineMs?: number;
  /** Another model may be asked in its place: so it waits less. */
  readonly hasFallback?: boolean;
}

/** What a call waits in place at most, though it may leave, and stays away at least: to hand a slot on costs as much. */
const leaveMs = 1000;
/** What it waits at most when another model may be asked. */
const fallbackMs = 2000;

/** What is left of the patience of one call. */
export interface CallPatience {
  /**
   * Whether it waits that long; false also for a wait that would outlast the run. One that is nearly in waits in place though it
   * may leave: if all left who find no slot, the slots would be empty until they come back.
   */
  allows(ms: number, isNearlyIn?: boolean): boolean;
  /** What is thrown in place of a longer wait: ProviderPaused if the call may leave, else `failure`. */
  giveUp(ms: number, failure: CaluteError): CaluteError | ProviderPaused;
  spend(ms: number): void;
}

export interface PatienceParts {
  /** The most that a call waits. */
  readonly providerWaitMs: number;
  /** In Unix ms. */
  readonly clock: () => number;
}

export function createCallPatience(
  { ifPaused, deadlineMs = Number.POSITIVE_INFINITY, hasFallback = false }: Patience,
  { providerWaitMs, clock }: PatienceParts,
): CallPatience {
  let leftMs = providerWaitMs;
  if (hasFallback) leftMs = Math.min(leftMs, fallbackMs);
  let inPlaceMs = ifPaused === 'leave' ? leaveMs : Number.POSITIVE_INFINITY;
  const isInTime = (ms: number) => clock() + ms < deadlineMs;
  return {
    allows: (ms, isNearlyIn = false) => ms < leftMs && (isNearlyIn || ms < inPlaceMs) && isInTime(ms),
    giveUp(ms, failure) {
      const awayMs = Math.max(ms, leaveMs);
      const mayLeave = ifPaused === 'leave' && isInTime(awayMs) && !(hasFallback && ms > fallbackMs);
      return mayLeave ? new ProviderPaused(clock() + awayMs, { cause: failure }) : failure;
    },
    spend(ms) {
      leftMs -= ms;
      inPlaceMs -= ms;
    },
  };
}
