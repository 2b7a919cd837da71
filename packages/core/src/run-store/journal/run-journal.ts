import type { RunFact } from './run-fact.ts';

/** A fact with the place and time at which it was noted. */
export interface JournalEntry {
  readonly cursor: string;
  readonly atMs: number;
  readonly fact: RunFact;
}

/**
 * The last facts of runs, for who watches: it may lose some (a process that dies takes those of the last moment with it), and nothing
 * that a client is promised depends on it. It costs a run no step of its own: facts are written some at a time.
 */
export interface RunJournal {
  /** Takes a fact, and writes it within a moment. Never throws, never waits; without the store facts are dropped. */
  note(fact: RunFact): void;
  /** Writes what is left, and takes no more. Idempotent. */
  close(): Promise<void>;
}

/** Entries, and where to read on. */
export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** Of the last entry that was looked at; undefined while there is none. */
  readonly cursor: string | undefined;
  /** Whether there may be more after it. */
  readonly more: boolean;
}

export interface JournalReader {
  /** The entries after `cursor`, or the oldest that are kept, up to `limit`. Throws CaluteError `store_unavailable`. */
  read(cursor: string | undefined, limit: number): Promise<JournalPage>;
}

/** Facts that are kept: two for each of the last 10,000 runs. */
export const mostFacts = 20_000;
