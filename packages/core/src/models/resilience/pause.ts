/** A time in which an upstream wants no requests. */
export interface Pause {
  /** 0 when requests may go out. */
  restMs(): number;
  /** Lasts until `ms` from now at least, but never longer than the bound: one model's daily limit must not hold up all. */
  extend(ms: number): void;
}

const defaultMaxPauseMs = 60_000;

/** No pause yet; `now` is in ms and never goes back. */
export function createPause(now: () => number, maxPauseMs = defaultMaxPauseMs): Pause {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    restMs: () => Math.max(0, untilMs - now()),
    extend(ms) {
      untilMs = Math.max(untilMs, now() + Math.min(ms, maxPauseMs));
    },
  };
}
