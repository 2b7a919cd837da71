import type { ClaimOutcome } from './run-log.ts';

/**
 * `claim` of the run log as a part of another script: the queue claims the runs that it gives out in one step with giving
 * them out, which saves a round trip for each.
 */
export interface ScriptClaim {
  /** Defines `claim(id, run, log, live, waiting, control, retention, late)` and `publish_announced()`, which is called after it. */
  readonly lua: string;
  /** The keys of `live` and `waiting`. */
  readonly keys: readonly [live: string, waiting: string];
  /** Of the worker that claims. */
  readonly controlChannel: string;
  /** What the names of the runs' and the logs' keys start with, the control channel, `retention` and `late`. */
  readonly args: readonly (string | number)[];
  /** Reads what `claim` gave. Throws when it is no such thing. */
  toOutcome(reply: unknown): ClaimOutcome;
}
