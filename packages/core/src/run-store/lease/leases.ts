import type { RunId } from '../../ids.ts';
import type { ClaimOutcome } from '../run-log.ts';

/** A run that a worker holds, under which epoch. */
export interface Lease {
  readonly runId: RunId;
  readonly epoch: number;
}

/** A worker as it renews its leases. */
export interface Holder {
  /** Its control channel, which is told when a run of it ends from outside. */
  readonly channel: string;
  /** How many runs it can hold at once; 0 when it takes no further one. */
  readonly room: number;
  /** In all partitions together, where there are several. */
  readonly totalRoom?: number;
}

/** A run that needs somebody to look after it. */
export interface ExpiredLease {
  /**
   * `lost`: its worker died, and its job is to be added again. `unclaimed`: it was offered, and its job may be lost: the same.
   * `unqueued`: it was accepted by a process that is gone, and is to be put in the backlog. `abandoned`: so was this one,
   * whose client was told nothing and cannot find it again: it is to be ended.
   */
  readonly due: 'lost' | 'unclaimed' | 'unqueued' | 'abandoned';
  readonly runId: RunId;
  /** Under which it is offered now. */
  readonly epoch: number;
}

/**
 * Who holds a run: its lease, with an epoch, a holder and an expiry. A run that is offered has a lease without a holder.
 * Each method is one atomic step; all throw CaluteError `store_unavailable`.
 */
export interface Leases {
  /**
   * Takes a run that was offered under `epoch`; fences the attempt before. Sent twice, the second call answers as the first
   * one. Calls of one turn are one step.
   */
  claim(runId: RunId, claim: { readonly epoch: number; readonly channel: string }): Promise<ClaimOutcome>;
  /** Prolongs the leases of a living worker, also those that have run out. Gives the runs that it has lost. */
  renew(holder: Holder, leases: readonly Lease[]): Promise<RunId[]>;
  /** Offers a run again, for at least `afterMs`; its job is then to be added. False when the run is lost or over. */
  handBack(lease: Lease, afterMs: number): Promise<boolean>;
  /** Frees the run's slot; it comes back in front of the backlog after `afterMs`. False when the run is lost or over. */
  defer(lease: Lease, afterMs: number): Promise<boolean>;
  /** Runs whose lease has run out, at most `limit`. */
  expired(limit: number): Promise<ExpiredLease[]>;
}
