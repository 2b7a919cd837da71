import type { BatchPlan } from './plan-batches.ts';

/** All that is known of one batch in the end. */
export interface BatchReport {
  readonly plan: BatchPlan;
  /** Its last status; `stuck` when there was none in time, `refused:CODE` when it could not be made, `stopped` with the suite. */
  end: string;
  /** How many lines were done, each time that it was looked at. */
  readonly counts: number[];
  readonly results: { readonly from: 'output' | 'errors'; readonly line: string }[];
}
