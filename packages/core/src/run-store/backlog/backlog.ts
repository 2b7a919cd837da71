import type { RunId } from '../../ids.ts';

/** A run that a worker may take: its job is to be added to the queue. */
export interface OfferedRun {
  readonly runId: RunId;
  /** The epoch under which it is offered; a claim names it. */
  readonly epoch: number;
}

export interface Released {
  readonly runs: readonly OfferedRun[];
  /** Runs that still wait. */
  readonly waiting: number;
}

export interface BacklogSize {
  /** Runs that are not offered to the workers yet. */
  readonly waiting: number;
  /** Runs that are offered or held by a worker. */
  readonly offered: number;
  /** For how many runs the living workers have room. */
  readonly room: number;
}

/** Where a waiting run stands. */
export interface QueuePlace {
  /** Runs that start before it; an estimate where tenants share. */
  readonly position: number;
  /** Until it starts; undefined when nothing has been released yet. */
  readonly waitMs: number | undefined;
}

/**
 * What waits, and which of it starts next: by class, and within one by start-time fair queueing over its flows, in tokens.
 * A run is offered when the workers have room. Each method is one atomic step and may be sent twice; all throw CaluteError
 * `store_unavailable`.
 */
export interface Backlog {
  /** Puts an accepted run in. Calls of one turn are one step. */
  add(runId: RunId): Promise<void>;
  /** Offers the next runs, as many as there is room for. */
  release(): Promise<Released>;
  size(): Promise<BacklogSize>;
  /** Where each run stands; undefined for one that does not wait. */
  find(runIds: readonly RunId[]): Promise<(QueuePlace | undefined)[]>;
}
