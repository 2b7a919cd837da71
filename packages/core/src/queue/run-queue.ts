import type { RunId } from '../ids.ts';
import type { AcceptOutcome, ClaimOutcome, NewRun } from '../log/run-log.ts';
import type { DeadLetterContent } from './dead-letters.ts';

/**
 * Hands accepted runs to workers, oldest first. It only dispatches: what a run is, and whether it still has to be done,
 * stands in the run log, so a run that is handed out twice does no harm.
 */
export interface RunQueue {
  /**
   * Accepts a run as `RunLog.accept` does and, in the same step, sends it to a worker that has room, or adds it.
   * Throws CaluteError `store_unavailable`.
   */
  dispatch(run: NewRun): Promise<AcceptOutcome>;
  /** Adding a run that is queued already changes nothing. Throws CaluteError `store_unavailable`. */
  add(runId: RunId): Promise<void>;
  /** Takes a run out, unless a worker holds it: that worker will find it ended. */
  remove(runId: RunId): Promise<void>;
  /** Which of these runs the queue does not know. */
  missing(runIds: readonly RunId[]): Promise<RunId[]>;
  /** Runs that wait for a worker, and runs that a worker holds. */
  counts(): Promise<{ readonly waiting: number; readonly active: number }>;
  close(): Promise<void>;
}

/**
 * What became of a run that a handler was given: it is over for this queue; another worker shall have it at once; or
 * another one shall have it in a moment, because this one cannot do it.
 */
export type HandledRun = 'done' | 'handed-back' | 'passed-on';

/** A run as it is given to a worker. */
export interface TakenRun {
  readonly runId: RunId;
  readonly claim: Extract<ClaimOutcome, { outcome: 'claimed' }>;
}

export interface RunHandler {
  /** Does one run. `signal` aborts when this worker's hold on it is lost: another worker may then have it. */
  handle(run: TakenRun, signal: AbortSignal): Promise<HandledRun>;
  /** A run is given up: its workers died under it too often, or its handler threw. Gives what is to be kept of it. */
  abandon(runId: RunId, error: Error): Promise<DeadLetterContent | undefined>;
}

/** Takes runs from the queue, as many at once as its concurrency allows; a run whose worker died comes again. */
export interface RunConsumer {
  /** Runs in hand. */
  readonly active: number;
  /** Takes no further run, for good; those in hand go on. */
  pause(): void;
  /** Resolves when no run is in hand any more. */
  idle(): Promise<void>;
  /** Lets go of the queue, for at most `boundMs`; runs in hand are left to other workers. */
  close(boundMs: number): Promise<void>;
}
