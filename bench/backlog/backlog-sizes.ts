import type { BenchSettings } from '../settings.ts';

/** How far each part of the measurement of the backlog goes. */
export interface BacklogSizes {
  /** Runs of one tenant that wait at least while another one asks. */
  readonly waiting: number;
  /** How long the other one asks, in each round: without them, beside few of them, and beside all. */
  readonly latencyMs: number;
  /** Runs that wait until one worker takes all of them. */
  readonly drained: number;
  readonly rounds: number;
}

export function backlogSizesOf(mode: BenchSettings['mode']): BacklogSizes {
  switch (mode) {
    case 'quick':
      return { waiting: 10_000, latencyMs: 3000, drained: 2000, rounds: 2 };
    case 'default':
      return { waiting: 100_000, latencyMs: 15_000, drained: 10_000, rounds: 3 };
    case 'full':
      return { waiting: 100_000, latencyMs: 20_000, drained: 10_000, rounds: 5 };
  }
}
