/**
 * How fast the runs of a dead worker come to another one: its leases last so long from their last renewal. Shorter ones make
 * a worker that merely pauses lose its runs.
 */
export const leaseMs = 10_000;
export const renewEveryMs = 2500;

/** How long a run that was offered may be without a worker before its job is added again. */
export const offerMs = 5000;

/** Longer than a worker needs to connect again after an outage and to renew its leases. */
export const comeBackMs = 4000;
/** Somebody looks for leases that ran out every second; after a longer pause Redis itself was away. */
export const longestPauseMs = 3000;

/** A run whose worker died under it so often is given up when it happens once more. */
export const mostLosses = 1;
