import type { ResultsHead } from '../figures/results.ts';
import type { LargeFile } from './measure-large-file.ts';
import type { LatencyBeside } from './measure-latency.ts';
import type { Throughput } from './measure-throughput.ts';

/** Each part of the measurement of batches. */
export interface BatchFigures {
  readonly largeFile: LargeFile;
  readonly throughput: Throughput;
  readonly latency: LatencyBeside;
}

/** As it is written to disk. */
export interface BatchResults extends ResultsHead, BatchFigures {}
