import { setInterval as every } from 'node:timers/promises';
import { z } from 'zod';
import { decideWorkers, type ScaleLimits, type Trend } from './autoscale.ts';
import type { WorkerPool } from './worker-pool.ts';

const scalingSchema = z.object({ backlog: z.number(), running: z.number() });
const pollMs = 1000;

export interface ScaleOptions {
  readonly limits: ScaleLimits;
  /** The API's `/scaling`. */
  readonly scalingUrl: string;
  readonly signal: AbortSignal;
  /** @defaultValue every second */
  readonly ticks?: AsyncIterable<unknown>;
}

/** Sizes the pool to what the API says of its load, until the signal aborts. */
export async function scaleWorkers(pool: WorkerPool, options: ScaleOptions): Promise<void> {
  const { limits, scalingUrl, signal, ticks = every(pollMs, undefined, { signal }) } = options;
  let trend: Trend = {};
  try {
    for await (const _ of ticks) {
      const load = await readLoad(scalingUrl, signal);
      if (load === undefined) continue;
      const decision = decideWorkers(
        { ...load, workers: pool.size, nowMs: performance.now() },
        limits,
        trend,
      );
      trend = decision.trend;
      pool.resize(decision.workers);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Undefined while the API cannot tell, as in the moments of its restart: the number of workers then stays. */
async function readLoad(url: string, signal: AbortSignal) {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2 * pollMs)]) });
    return scalingSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}
