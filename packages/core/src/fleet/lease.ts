/** How long one heartbeat counts, by Redis's clock: three missed ones and a worker is taken for dead. */
export const leaseMs = 15_000;

/** How long the agents of workers that are all gone stay listed, and what dead workers announced stays stored. */
export const keptMs = 24 * 60 * 60 * 1000;
