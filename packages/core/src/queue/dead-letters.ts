import type { RunId } from '../ids.ts';
import type { RunHeader } from '../run-store/run-log.ts';

/** What is kept of a run that was given up, so that it can be looked at and sent again after the run has expired. */
export type DeadLetterContent = Pick<RunHeader, 'tenant' | 'request'>;

/** A run whose workers died under it too often, or that met a bug of the worker. */
export interface DeadLetter {
  readonly runId: RunId;
  readonly failedAtMs: number;
  /** How often a worker began it. */
  readonly executions: number;
  readonly reason: string;
  /** Absent when the run had already vanished from the store. */
  readonly content: DeadLetterContent | undefined;
}

/** The runs that were given up, for 7 days and the last 10,000 of them. Throws CaluteError `store_unavailable`. */
export interface DeadLetters {
  /** The latest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  find(runId: RunId): Promise<DeadLetter | undefined>;
  remove(runId: RunId): Promise<void>;
  close(): Promise<void>;
}
