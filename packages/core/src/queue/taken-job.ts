import { z } from 'zod';
import type { ClaimOutcome } from '../log/run-log.ts';
import type { ScriptClaim } from '../log/script-claim.ts';
import type { LockedJob } from './job-locks.ts';

/** A job that this worker has, and its run. */
export interface TakenJob {
  readonly job: LockedJob;
  /** The run's claim; `doomed`: its workers died under it too often, or nobody can read it. */
  readonly claim: ClaimOutcome | { readonly outcome: 'doomed'; readonly reason: string };
}

const doomedSchema = z.tuple([z.literal('doomed'), z.string()]);

/** Reads a claim as a script gave it. What cannot be read is doomed: only this run is given up, not those that came with it. */
export function readClaim(claim: ScriptClaim, reply: readonly unknown[]): TakenJob['claim'] {
  try {
    if (reply[0] !== 'doomed') return claim.toOutcome(reply);
    const [outcome, reason] = doomedSchema.parse(reply);
    return { outcome, reason };
  } catch (error) {
    return { outcome: 'doomed', reason: `The run cannot be read: ${String(error)}` };
  }
}
