import type { BenchSettings } from '../settings.ts';

/** How far each part of the growth measurement goes. */
export interface GrowthSettings {
  readonly tokens: {
    /** Tokens of a run that come in one burst, and those of one that come one by one. */
    readonly burst: readonly number[];
    readonly paced: readonly number[];
    readonly rounds: number;
    readonly cellMs: number;
  };
  readonly backlog: {
    /** Runs that wait, rising; workers are let at the last two. */
    readonly levels: readonly number[];
    readonly batches: number;
    /** Accepted one after the other in each batch; all batches together are fewer than the lowest level above 0. */
    readonly batchRuns: number;
    /** How long a worker is watched. */
    readonly takeMs: number;
  };
  readonly store: {
    readonly rounds: number;
    /** Frames of each measurement, and how many of them go in one append, rising. */
    readonly frames: number;
    readonly framesPerAppend: readonly number[];
    /** Runs of each measurement, and how many of them are on their way at once. */
    readonly runs: number;
    readonly concurrency: readonly number[];
  };
  readonly memory: {
    readonly runs: number;
    /** Of those with long answers, which fill the memory. */
    readonly longRuns: number;
    /** Of those whose tokens come one by one, which takes longer. */
    readonly pacedRuns: number;
  };
  readonly replicas: {
    readonly workers: readonly number[];
    readonly apis: readonly number[];
    readonly rounds: number;
    readonly cellMs: number;
    /** For each process of the role that has more of them. */
    readonly warmUpRequests: number;
  };
  readonly starts: { readonly times: number };
}

const usual: GrowthSettings = {
  tokens: { burst: [64, 256, 1024, 4096, 16_384], paced: [64, 1024, 4096], rounds: 3, cellMs: 2000 },
  backlog: { levels: [0, 1000, 10_000, 100_000], batches: 3, batchRuns: 300, takeMs: 5000 },
  store: { rounds: 5, frames: 10_240, framesPerAppend: [1, 8, 32, 128], runs: 1024, concurrency: [1, 64] },
  memory: { runs: 10_000, longRuns: 1000, pacedRuns: 100 },
  replicas: { workers: [1, 2, 4], apis: [1, 2], rounds: 3, cellMs: 2000, warmUpRequests: 3000 },
  starts: { times: 5 },
};

const quick: GrowthSettings = {
  tokens: { burst: [64, 1024, 16_384], paced: [64, 1024], rounds: 2, cellMs: 500 },
  backlog: { levels: [0, 1000, 10_000], batches: 2, batchRuns: 200, takeMs: 1500 },
  store: { rounds: 3, frames: 3840, framesPerAppend: [1, 8, 32, 128], runs: 512, concurrency: [1, 64] },
  memory: { runs: 1000, longRuns: 200, pacedRuns: 30 },
  replicas: { workers: [1, 2, 4], apis: [1, 2], rounds: 2, cellMs: 500, warmUpRequests: 500 },
  starts: { times: 3 },
};

export function growthSettingsOf(mode: BenchSettings['mode']): GrowthSettings {
  switch (mode) {
    case 'quick':
      return quick;
    case 'default':
      return usual;
    case 'full':
      return {
        ...usual,
        tokens: { ...usual.tokens, rounds: 5, cellMs: 4000 },
        backlog: { ...usual.backlog, takeMs: 10_000 },
        store: { ...usual.store, rounds: 7 },
        replicas: { ...usual.replicas, rounds: 5, cellMs: 4000 },
      };
  }
}
