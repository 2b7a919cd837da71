import type { RunId } from '../../ids.ts';
import type { RunClass } from './place.ts';

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

/** What is known of one class. Rates are of the last half minute or so, and the same whoever asks. */
export interface ClassLoad {
  readonly runClass: RunClass;
  /** Runs in the backlog. */
  readonly waiting: number;
  /** Runs that are offered to the workers or held by one. */
  readonly offered: number;
  /** How long the oldest one has been in the backlog; 0 when none is. */
  readonly oldestMs: number;
  readonly arrivalsPerSecond: number;
  /** Runs that ended after a worker had them. */
  readonly servedPerSecond: number;
  /** How long a worker had a run, on average; undefined while none has ended. */
  readonly serviceMs: number | undefined;
}

/** What waits, runs and comes, and who there is to serve it. */
export interface BacklogLoad {
  /** When it was so, by the store's clock. */
  readonly nowMs: number;
  /** In the order in which they are served. */
  readonly classes: readonly ClassLoad[];
  /** Of all classes. */
  readonly offered: number;
  /** How long the oldest run has waited that was offered while no worker had room; 0 when all have. */
  readonly oldestOfferedMs: number;
  /** Runs that have left their slot because their provider takes no calls, and will come back. */
  readonly deferred: number;
  /** For how many runs the living workers have room, those in hand included. */
  readonly room: number;
  /** Workers that live and take runs. */
  readonly workers: number;
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
  load(): Promise<BacklogLoad>;
  /** Where each run stands, also one that was put off; undefined for one that does not wait. */
  find(runIds: readonly RunId[]): Promise<(QueuePlace | undefined)[]>;
}
