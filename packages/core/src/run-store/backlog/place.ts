import { z } from 'zod';

/** In the order in which they are served. Nobody waits at the other end of a `flex` or `batch` run. */
export const runClassSchema = z.enum(['priority', 'live', 'flex', 'batch']);
export type RunClass = z.infer<typeof runClassSchema>;

/** Where a run stands when it has to wait. */
export interface Place {
  readonly runClass: RunClass;
  /** Runs of one flow are served in their order, and flows share their class by weight. */
  readonly flow: string;
  /** A flow of weight 2 gets twice as much as one of weight 1. */
  readonly weight: number;
  /** Tokens that the run is believed to take; corrected when it ends. */
  readonly cost: number;
}
