import type { ResultsHead } from '../figures/results.ts';
import type { DrainRates } from './measure-drain.ts';
import type { BesideFlood } from './measure-flood.ts';

/** Each part of the measurement of the backlog. */
export interface BacklogFigures {
  /** One for each class that the flood is of. */
  readonly floods: readonly BesideFlood[];
  readonly drain: DrainRates;
}

/** As it is written to disk. */
export interface BacklogResults extends ResultsHead, BacklogFigures {}
