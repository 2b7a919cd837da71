import { setInterval as every } from 'node:timers/promises';
import {
  type Decision,
  type DownTimes,
  decideWorkers,
  type ScaleLimits,
  type Trend,
  type WorkerDemand,
} from '@calute/core/scaling/decide-workers';
import type { WorkerPool } from './worker-pool.ts';

const pollMs = 1000;

export interface ScaleOptions {
  readonly limits: ScaleLimits;
  readonly down: DownTimes;
  /** The load now; a rejection means that nobody can say. */
  readonly read: () => Promise<WorkerDemand>;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
  /** Called after each decision. */
  readonly onRound?: () => Promise<void>;
  readonly now?: () => number;
  /** @defaultValue every second */
  readonly ticks?: AsyncIterable<unknown>;
}

/** Sizes the pool to the load, until the signal aborts. */
export async function scaleWorkers(pool: WorkerPool, options: ScaleOptions): Promise<void> {
  const { limits, down, read, signal, report, ticks = every(pollMs, undefined, { signal }) } = options;
  const now = options.now ?? performance.now.bind(performance);
  let trend: Trend = {};
  try {
    for await (const _ of ticks) {
      const demand = await read().catch(() => unknown);
      if (signal.aborted) return;
      const count = { workers: pool.size, up: pool.up };
      const decision = decideWorkers(demand, count, trend, { limits, down, nowMs: now() });
      if (decision.workers !== count.workers) {
        report(describe(decision, count.workers, demand));
        pool.resize(decision.workers);
      }
      trend = decision.trend;
      await options.onRound?.();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** While Redis is away the number of workers stays. */
const unknown: WorkerDemand = { needed: undefined, isProviderPaused: false, isStuck: false };

const reasons: Readonly<Record<Decision['reason'], string>> = {
  enough: 'they are enough',
  'more-needed': 'more are needed',
  'fewer-needed': 'fewer were needed for a while',
  'provider-paused': 'no provider takes calls',
  stuck: 'runs wait though there is room',
  'figures-missing': 'the load is not known',
  limits: 'the limits say so',
  'keep-listed': 'agents are to stay listed',
};

function describe({ workers, reason }: Decision, before: number, { needed = 0 }: WorkerDemand): string {
  return `calute: workers ${before} -> ${workers} (${reasons[reason]}; needed now: ${needed})`;
}
