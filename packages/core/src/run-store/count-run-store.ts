import type { RunEnd } from '../runs/run-end.ts';
import type { Metrics } from '../telemetry/metrics/create-metrics.ts';
import type { RunStore } from './redis-run-store.ts';

/** How a run ended, as a metric says it. */
export function endReason(end: RunEnd): string {
  switch (end.reason) {
    case 'completed':
      return 'completed';
    case 'cancelled':
      return `cancelled_by_${end.by}`;
    case 'failed':
      return end.code;
  }
}

/**
 * Counts what a process does to runs of others: ends from outside, whose agent it does not know, and runs of dead workers that it
 * offers again. A cancel that is sent twice counts twice.
 */
export function countRunStore(store: RunStore, metrics: Metrics): RunStore {
  const { log, leases } = store;
  return {
    ...store,
    log: {
      ...log,
      async end(runId, end, options) {
        const outcome = await log.end(runId, end, options);
        if (outcome === 'ended')
          metrics.count('calute_run_ends_total', { reason: endReason(end), agent: 'unknown' });
        return outcome;
      },
    },
    leases: {
      ...leases,
      async expired(limit) {
        const found = await leases.expired(limit);
        const lost = found.filter(({ due }) => due === 'lost').length;
        if (lost > 0) metrics.count('calute_stalled_runs_total', undefined, lost);
        return found;
      },
    },
  };
}

/** Counts what a worker writes as well. */
export function countWorkerStore(given: RunStore, metrics: Metrics): RunStore {
  const store = countRunStore(given, metrics);
  const { log } = store;
  return {
    ...store,
    log: {
      ...log,
      async append(frames) {
        const sinceMs = performance.now();
        const outcomes = await log.append(frames);
        metrics.observe('calute_redis_append_seconds', undefined, (performance.now() - sinceMs) / 1000);
        const fenced = outcomes.filter((outcome) => outcome === 'fenced').length;
        if (fenced > 0) metrics.count('calute_fenced_writes_total', undefined, fenced);
        return outcomes;
      },
    },
  };
}
