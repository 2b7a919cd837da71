import type { ResultsHead } from '../figures/results.ts';
import type { BacklogCosts } from './measure-backlog.ts';
import type { MemoryCosts } from './measure-memory.ts';
import type { ReplicaFigures } from './measure-replicas.ts';
import type { StartTime } from './measure-starts.ts';
import type { StoreCosts } from './measure-store.ts';
import type { RunCost } from './measure-tokens.ts';

/** Each part of the growth measurement. */
export interface GrowthFigures {
  readonly tokens: readonly RunCost[];
  readonly backlog: BacklogCosts;
  readonly store: StoreCosts;
  readonly memory: MemoryCosts;
  readonly replicas: readonly ReplicaFigures[];
  readonly starts: readonly StartTime[];
}

/** As it is written to disk. */
export interface GrowthResults extends ResultsHead, GrowthFigures {}
