import type { ChaosSettings } from './chaos-settings.ts';
import { createRandom } from './random.ts';
import type { UpstreamOrder } from './upstream-record.ts';

export interface BatchPlan {
  /** `b2`. */
  readonly tag: string;
  /** After the start of the load. */
  readonly atMs: number;
  /** What is asked for in each line; the tag of its run is its `custom_id` too. */
  readonly lines: readonly UpstreamOrder[];
  /** The API that is asked first. */
  readonly api: 0 | 1;
}

const firstAtMs = 3000;
const everyMs = 20_000;
const linesOfOne = 20;

/** A small batch now and then, beside the runs. */
export function planBatches({ seed, durationMs, mutant, baseline }: ChaosSettings): BatchPlan[] {
  if (mutant !== undefined || baseline) return [];
  const random = createRandom(seed, 'batches');
  return Array.from({ length: Math.ceil((durationMs - firstAtMs) / everyMs) }, (_, index) => ({
    tag: `b${index + 1}`,
    atMs: firstAtMs + index * everyMs,
    lines: Array.from({ length: linesOfOne }, (__, line) => ({
      run: `r${500_000 + index * linesOfOne + line}`,
      tokens: random.int(5, 30),
      firstTokenMs: random.int(20, 1000),
      paceMs: random.int(20, 100),
      padBytes: 0,
      // One in each is refused at first, and is waited for.
      refusedFirst: line === 0,
    })),
    api: random.pick([0, 1] as const),
  }));
}
