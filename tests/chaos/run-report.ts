import type { RunPlan } from './plan-runs.ts';

/** One server-sent event as a client got it. */
export interface SeenRecord {
  /** Undefined for a notice of the server that is no event of the run. */
  readonly id: number | undefined;
  readonly data: string;
  /** Unix ms. */
  readonly atMs: number;
}

/** One response that a client read from a stream. */
export interface Connection {
  /** The event that the client said it had seen; 0 for the beginning. */
  readonly afterId: number;
  readonly openedMs: number;
  readonly records: SeenRecord[];
  closedMs: number;
}

/** How a run ended for its client. */
export type ClientEnd =
  | { readonly type: 'completed' }
  /** `inBand`: as an event of the stream; else as the answer to a request. */
  | { readonly type: 'error'; readonly code: string; readonly inBand: boolean }
  /** The client went away, as planned. */
  | { readonly type: 'left' }
  /** The POST got no answer, and there was no key to ask again with: nobody knows whether there is a run. */
  | { readonly type: 'unanswered' }
  /** The POST was refused for now, and there was no key to ask again with. */
  | { readonly type: 'refused'; readonly code: string }
  /** A run that was known is not known any more. */
  | { readonly type: 'vanished'; readonly status: number }
  /** No end by its deadline and what is added to it. */
  | { readonly type: 'stuck' }
  /** The suite was broken off. */
  | { readonly type: 'stopped' };

/** What the raw log holds of a run. */
export interface StoredRun {
  readonly runId: string;
  /** Unix ms. */
  readonly createdMs: number;
  readonly text: string;
  /** Run ends in it, and events after the first of them. */
  readonly ends: number;
  readonly afterEnd: number;
  /** Whether its end frees its idempotency key: the same request then makes a further run. */
  readonly mayRetry: boolean;
}

/** What a client had read of a run that failed before the client asked again, by its key, and got a further run. */
export interface SupersededRun {
  readonly runId: string;
  readonly connections: readonly Connection[];
}

/** Of a run that starts now. */
export function newReport(plan: RunPlan): RunReport {
  const startedMs = Date.now();
  const end = { type: 'stuck' } as const;
  return { plan, startedMs, endedMs: startedMs, runId: undefined, connections: [], superseded: [], end };
}

/** All that is known of one run in the end; times are Unix ms. */
export interface RunReport {
  readonly plan: RunPlan;
  readonly startedMs: number;
  endedMs: number;
  /** Of the last run, if there were several. */
  runId: string | undefined;
  connections: Connection[];
  readonly superseded: SupersededRun[];
  /** The text of a JSON answer. */
  answer?: string;
  end: ClientEnd;
  /** The stream read once more from the beginning, after everything was over. */
  reread?: readonly SeenRecord[];
  /** The runs that the store holds for it, oldest first: one, none if the POST was not accepted, more for a key that was freed. */
  stored?: readonly StoredRun[];
}
