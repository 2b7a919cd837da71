/** In ms. */
export interface LeaseTimes {
  /**
   * How fast the runs of a dead worker come to another one: its leases last so long from their last renewal. Shorter ones make
   * a worker that merely pauses lose its runs.
   */
  readonly leaseMs: number;
  /** How long a run that was offered may be without a worker before its job is added again. */
  readonly offerMs: number;
  /** Longer than a worker needs to connect again after an outage and to renew its leases. */
  readonly comeBackMs: number;
  /** Somebody looks for leases that ran out every second; after a longer pause Redis itself was away. */
  readonly longestPauseMs: number;
  /** How long a process that accepted a run may be without its subscription before that run counts as unknown to its client. */
  readonly unsubscribedMs: number;
}

export const defaultLeaseTimes: LeaseTimes = {
  leaseMs: 10_000,
  offerMs: 5000,
  comeBackMs: 4000,
  longestPauseMs: 3000,
  unsubscribedMs: 15_000,
};

export const renewEveryMs = 2500;

/** A run whose worker died under it so often is given up when it happens once more. */
export const mostLosses = 1;
