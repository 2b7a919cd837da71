import { performance } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  listMetrics,
  type MetricLabels,
  type MetricName,
  type MetricRole,
} from './metric-table.ts';

/** What a process counts. A metric that its role does not have may not be asked for: that is a bug, and throws. */
export interface Metrics {
  count<Name extends CounterName>(name: Name, labels: MetricLabels<Name>, by?: number): void;
  observe<Name extends HistogramName>(name: Name, labels: MetricLabels<Name>, value: number): void;
  set<Name extends GaugeName>(name: Name, labels: MetricLabels<Name>, value: number): void;
  /** Forgets the value under these labels. */
  drop<Name extends MetricName>(name: Name, labels: MetricLabels<Name>): void;
  /** Forgets all values of a metric, so that it is absent until it is set again. */
  forget(name: MetricName): void;
  /** Called before each rendering, to set what is looked up then. Must not throw. */
  onRender(collect: () => void | Promise<void>): void;
  /** The text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

type Labels = Readonly<Record<string, string | number>> | undefined;

/** All metrics of a role, in a registry of their own. */
export function createMetrics(role: MetricRole): Metrics {
  const registry = new Registry();
  const known = new Map<MetricName, Counter | Gauge | Histogram>();
  for (const [name, { type, help, labels = [], buckets = [] }] of listMetrics(role)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') known.set(name, new Counter(options));
    else if (type === 'gauge') known.set(name, new Gauge(options));
    else known.set(name, new Histogram({ ...options, buckets: [...buckets] }));
  }
  const find = (name: MetricName) => {
    const metric = known.get(name);
    if (metric === undefined) throw new Error(`A process of the role ${role} has no metric ${name}.`);
    return metric;
  };
  const collects: (() => void | Promise<void>)[] = [];
  const metrics: Metrics = {
    count: (name, labels: Labels, by = 1) => (find(name) as Counter).inc({ ...labels }, by), // because the name says so
    observe: (name, labels: Labels, value) => (find(name) as Histogram).observe({ ...labels }, value),
    set: (name, labels: Labels, value) => (find(name) as Gauge).set({ ...labels }, value),
    drop: (name, labels: Labels) => find(name).remove({ ...labels }),
    forget: (name) => {
      const metric = find(name);
      metric.reset();
      // One without labels is 0 from then on, which is not to be absent.
      metric.remove({});
    },
    onRender: (collect) => void collects.push(collect),
    contentType: registry.contentType,
    async render() {
      await Promise.all(collects.map((collect) => collect()));
      return await registry.metrics();
    },
  };
  watchProcess(metrics);
  return metrics;
}

function watchProcess(metrics: Metrics): void {
  let busy = performance.eventLoopUtilization();
  let countedSeconds = 0;
  metrics.onRender(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, busy);
    busy = now;
    metrics.set('calute_event_loop_utilization', undefined, utilization);
    metrics.set('calute_process_memory_bytes', undefined, process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    const seconds = (user + system) / 1e6;
    metrics.count('calute_process_cpu_seconds_total', undefined, seconds - countedSeconds);
    countedSeconds = seconds;
  });
}
