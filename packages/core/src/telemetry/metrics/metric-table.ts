/** Which processes have a metric. */
export type MetricRole = 'api' | 'worker';

interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly roles: readonly MetricRole[];
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
}

const both = ['api', 'worker'] as const;
const api = ['api'] as const;
const worker = ['worker'] as const;

const waits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const pauses = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const runs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

/**
 * Every metric by its name. Labels have few values: classes, codes, routes, agents that workers announce, providers, and tenants
 * only as the few that use most. Times are between two moments of one process's clock.
 */
export const metricTable = {
  // What waits and runs, the same from every API.
  calute_backlog_runs: { type: 'gauge', help: 'Runs that wait for a worker.', labels: ['class'], roles: api },
  calute_running_runs: { type: 'gauge', help: 'Runs that workers hold.', labels: ['class'], roles: api },
  calute_held_back_runs: { type: 'gauge', help: 'Runs that wait for their provider alone.', roles: api },
  calute_backlog_oldest_seconds: {
    type: 'gauge',
    help: 'How long the run that has waited longest has waited.',
    labels: ['class'],
    roles: api,
  },
  calute_backlog_drain_seconds: {
    type: 'gauge',
    help: 'Until all that waits has started with the workers there are; absent while not known.',
    labels: ['class'],
    roles: api,
  },
  calute_arrivals_per_second: {
    type: 'gauge',
    help: 'Runs that were accepted, in the last half minute.',
    labels: ['class'],
    roles: api,
  },
  calute_served_per_second: {
    type: 'gauge',
    help: 'Runs that ended after a worker had them, in the last half minute.',
    labels: ['class'],
    roles: api,
  },
  calute_free_slots: { type: 'gauge', help: 'For how many more runs workers have room.', roles: api },
  calute_live_workers: { type: 'gauge', help: 'Workers that live and take runs.', roles: api },
  calute_needed_workers: { type: 'gauge', help: 'Workers that the runs need now; may be 0.', roles: api },
  calute_desired_workers: {
    type: 'gauge',
    help: 'Workers that there ought to be, with the most that were needed of late kept.',
    roles: api,
  },
  calute_provider_circuit_open: {
    type: 'gauge',
    help: '1 while a provider or model takes no calls: it asked for a pause or keeps failing.',
    labels: ['provider'],
    roles: api,
  },
  calute_dead_letters: {
    type: 'gauge',
    help: 'Jobs whose runs were given up, kept for a person.',
    roles: api,
  },
  calute_redis_up: { type: 'gauge', help: '1 when Redis answered the last look.', roles: api },
  calute_redis_memory_ratio: {
    type: 'gauge',
    help: "Redis's memory in use, of what it may use; absent without a limit.",
    roles: api,
  },

  // What clients meet.
  calute_http_requests_total: {
    type: 'counter',
    help: 'Requests by route pattern and status; 499 is a client that left.',
    labels: ['route', 'status'],
    roles: api,
  },
  calute_answers_total: {
    type: 'counter',
    help: 'Completions by the end that their client was told.',
    labels: ['reason'],
    roles: api,
  },
  calute_time_to_first_token_seconds: {
    type: 'histogram',
    help: 'From the arrival of a streaming request to its first events.',
    buckets: waits,
    roles: api,
  },
  calute_inter_token_seconds: {
    type: 'histogram',
    help: 'Between two batches of events of one stream on their way to the client.',
    buckets: pauses,
    roles: api,
  },
  calute_open_streams: {
    type: 'gauge',
    help: 'Streams, and JSON answers waited for, that are open now.',
    roles: api,
  },

  // What becomes of runs.
  calute_run_ends_total: {
    type: 'counter',
    help: 'Runs by their end, counted by the process that wrote it; the agent is known to workers.',
    labels: ['reason', 'agent'],
    roles: both,
  },
  calute_stalled_runs_total: {
    type: 'counter',
    help: 'Runs of dead workers that were offered again.',
    roles: both,
  },
  calute_attempts_total: {
    type: 'counter',
    help: 'Attempts by cause: first, repeated from the beginning, resumed behind a stored step.',
    labels: ['cause'],
    roles: worker,
  },
  calute_queue_wait_seconds: {
    type: 'histogram',
    help: 'From the acceptance of a run to its first attempt.',
    labels: ['class'],
    buckets: waits,
    roles: worker,
  },
  calute_run_seconds: {
    type: 'histogram',
    help: 'From the beginning of the attempt that ended a run to its end.',
    labels: ['agent'],
    buckets: runs,
    roles: worker,
  },
  calute_tokens_total: {
    type: 'counter',
    help: 'Tokens that models were given (in) and gave (out).',
    labels: ['agent', 'direction'],
    roles: worker,
  },
  calute_tenant_tokens_total: {
    type: 'counter',
    help: 'The same by tenant, for those that use most; the rest is `other`.',
    labels: ['tenant', 'direction'],
    roles: worker,
  },
  calute_provider_requests_total: {
    type: 'counter',
    help: 'Model calls by what came of them: ok, aborted, or the code of their failure.',
    labels: ['provider', 'outcome'],
    roles: worker,
  },
  calute_redis_append_seconds: {
    type: 'histogram',
    help: 'How long Redis took to store a batch of frames.',
    buckets: pauses,
    roles: worker,
  },
  calute_fenced_writes_total: {
    type: 'counter',
    help: 'Frames that were refused because their run belongs to another attempt.',
    roles: worker,
  },
  calute_worker_slots: {
    type: 'gauge',
    help: 'Runs that this worker may hold; 0 when it takes none.',
    roles: worker,
  },
  calute_worker_slots_used: { type: 'gauge', help: 'Runs that this worker holds.', roles: worker },

  // The process.
  calute_event_loop_utilization: {
    type: 'gauge',
    help: 'Share of the time since the last look in which the event loop was busy.',
    roles: both,
  },
  calute_process_cpu_seconds_total: { type: 'counter', help: 'CPU time of the process.', roles: both },
  calute_process_memory_bytes: { type: 'gauge', help: 'Resident memory of the process.', roles: both },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricTable;

/** The labels that a metric takes, each with its value. */
export type MetricLabels<Name extends MetricName> = (typeof metricTable)[Name] extends {
  readonly labels: readonly (infer Label extends string)[];
}
  ? Readonly<Record<Label, string | number>>
  : undefined;

type OfType<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: (typeof metricTable)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = OfType<'counter'>;
export type GaugeName = OfType<'gauge'>;
export type HistogramName = OfType<'histogram'>;

/** The metrics of a role. */
export function listMetrics(role: MetricRole): (readonly [MetricName, MetricDefinition])[] {
  const all = Object.entries(metricTable) as [MetricName, MetricDefinition][]; // because the table has no other keys
  return all.filter(([, { roles }]) => roles.includes(role));
}
