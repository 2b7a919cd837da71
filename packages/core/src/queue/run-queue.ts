import type { RunId } from '../ids.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import type { DeadLetterContent } from './dead-letters.ts';

export interface AddOptions {
  /** Whether it is taken before what is queued. */
  readonly inFront?: boolean;
  /** Not taken before so many ms have passed. */
  readonly afterMs?: number;
  /** Whether an earlier job of the same offer may be lost, in the hands of a worker that does not begin it. */
  readonly again?: boolean;
}

/**
 * Hands offered runs to workers. It only dispatches: whether a run still has to be done, and by whom, stands in its lease, so a
 * run that is handed out twice does no harm. All methods throw CaluteError `store_unavailable`.
 */
export interface RunQueue {
  /** Adding a run that is queued already changes nothing. */
  add(run: OfferedRun, options?: AddOptions): Promise<void>;
  /** Takes a run out that no worker has taken yet. */
  remove(runId: RunId): Promise<void>;
  /** Runs that wait for a worker to take them, and runs that a worker has taken. */
  counts(): Promise<{ readonly waiting: number; readonly active: number }>;
  /** Jobs whose runs were given up: the dead letters. */
  failed(): Promise<number>;
  /** Jobs that a worker could take now; none while an operator has paused the queue or limited it. */
  takeable(): Promise<number>;
  /** Whether an operator has limited, by BullMQ's own means, how many jobs may be active or start; as it was a second ago at most. */
  isLimited(): Promise<boolean>;
  close(): Promise<void>;
}

/** What becomes of a run that a handler was given: it is done here; or it was offered again and is to be queued. */
export type HandledRun = { readonly outcome: 'done' } | ({ readonly outcome: 'again' } & Again);

export interface Again extends AddOptions {
  readonly run: OfferedRun;
}

/** A handler throws this when a run is given up for good. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
  /** What is to be kept of it; undefined when the store does not know it any more. */
  readonly content: DeadLetterContent | undefined;

  constructor(reason: string, content: DeadLetterContent | undefined) {
    super(reason);
    this.content = content;
  }
}

/** Does one run. Throws GivenUp. */
export type RunHandler = (run: OfferedRun) => Promise<HandledRun>;

/** Takes runs from the queue, as many at once as its concurrency allows. */
export interface RunConsumer {
  /** Runs in hand. */
  readonly active: number;
  /** Takes no further run; those in hand go on. */
  pause(): void;
  /** Takes runs again. */
  resume(): void;
  /** Resolves when no run is in hand any more. */
  idle(): Promise<void>;
  /** Lets go of the queue, for at most `boundMs`; runs in hand are left to other workers. */
  close(boundMs: number): Promise<void>;
}
