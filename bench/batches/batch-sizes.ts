import type { BenchSettings } from '../settings.ts';

/** How far each part of the measurement of batches goes. */
export interface BatchSizes {
  readonly lines: number;
  /** Of the input of each line, where a large file is measured: all together are close to the 200 MiB that a file may have. */
  readonly lineBytes: number;
  /** How long interactive requests are measured, without a batch and beside one. */
  readonly latencyMs: number;
  /** In how many rounds each. */
  readonly rounds: number;
}

const largestFileBytes = 200 * 1024 * 1024;
const most = 50_000;
const few = 5000;

export function batchSizesOf(mode: BenchSettings['mode']): BatchSizes {
  switch (mode) {
    case 'quick':
      return { lines: few, lineBytes: Math.floor(largestFileBytes / few), latencyMs: 3000, rounds: 2 };
    case 'default':
      return { lines: most, lineBytes: Math.floor(largestFileBytes / most), latencyMs: 10_000, rounds: 3 };
    case 'full':
      return { lines: most, lineBytes: Math.floor(largestFileBytes / most), latencyMs: 20_000, rounds: 5 };
  }
}
