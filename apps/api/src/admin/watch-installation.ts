import type { WatchedDemand, WatchedSignal } from '@calute/core/scaling/watch-demand';
import type { Metrics } from '@calute/core/telemetry/metrics/create-metrics';

export interface InstallationParts {
  readonly metrics: Metrics;
  readonly demand: Pick<WatchedDemand, 'read'>;
  /** Redis's memory in use of what it may use; undefined without a limit. */
  readonly memoryRatio: () => Promise<number | undefined>;
}

const lookedUp = [
  'calute_backlog_runs',
  'calute_running_runs',
  'calute_backlog_oldest_seconds',
  'calute_backlog_drain_seconds',
  'calute_arrivals_per_second',
  'calute_served_per_second',
  'calute_provider_circuit_open',
  'calute_held_back_runs',
  'calute_free_slots',
  'calute_live_workers',
  'calute_needed_workers',
  'calute_desired_workers',
  'calute_dead_letters',
  'calute_redis_memory_ratio',
] as const;

/**
 * Looks up what concerns the whole installation each time that the metrics are asked for. While Redis does not answer these
 * are absent, and `calute_redis_up` is 0.
 */
export function watchInstallation({ metrics, demand, memoryRatio }: InstallationParts): void {
  metrics.onRender(async () => {
    for (const name of lookedUp) metrics.forget(name);
    try {
      const [signal, ratio] = await Promise.all([demand.read(), memoryRatio()]);
      setSignal(metrics, signal);
      if (ratio !== undefined) metrics.set('calute_redis_memory_ratio', undefined, ratio);
      metrics.set('calute_redis_up', undefined, 1);
    } catch {
      metrics.set('calute_redis_up', undefined, 0); // because whoever reads the metrics is to see the rest of them
    }
  });
}

function setSignal(metrics: Metrics, signal: WatchedSignal): void {
  for (const [name, figures] of Object.entries(signal.classes)) {
    const labels = { class: name };
    metrics.set('calute_backlog_runs', labels, figures.waiting);
    metrics.set('calute_running_runs', labels, figures.running);
    metrics.set('calute_backlog_oldest_seconds', labels, figures.oldestSeconds);
    metrics.set('calute_arrivals_per_second', labels, figures.arrivalsPerSecond);
    metrics.set('calute_served_per_second', labels, figures.servedPerSecond);
    if (figures.drainSeconds !== null)
      metrics.set('calute_backlog_drain_seconds', labels, figures.drainSeconds);
  }
  metrics.set('calute_held_back_runs', undefined, signal.heldBack);
  metrics.set('calute_free_slots', undefined, signal.freeSlots);
  metrics.set('calute_live_workers', undefined, signal.liveWorkers);
  metrics.set('calute_needed_workers', undefined, signal.needed);
  metrics.set('calute_desired_workers', undefined, signal.desired);
  metrics.set('calute_dead_letters', undefined, signal.deadLetters);
  for (const { name, isShut } of signal.providers)
    metrics.set('calute_provider_circuit_open', { provider: name }, isShut ? 1 : 0);
}
