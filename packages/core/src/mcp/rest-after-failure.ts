/** How long something that failed is left alone. */
export interface Rest {
  /** 0 when it may be tried. */
  remainingMs(): number;
  failed(): void;
  succeeded(): void;
}

export interface RestLimits {
  /** After a first failure; doubles with each further one. */
  readonly firstRestMs: number;
  readonly maxRestMs: number;
}

export function createRest({ firstRestMs, maxRestMs }: RestLimits, now: () => number): Rest {
  let untilMs = Number.NEGATIVE_INFINITY;
  let nextMs = firstRestMs;
  return {
    remainingMs: () => Math.max(0, untilMs - now()),
    failed() {
      untilMs = now() + nextMs;
      nextMs = Math.min(2 * nextMs, maxRestMs);
    },
    succeeded() {
      nextMs = firstRestMs;
    },
  };
}
