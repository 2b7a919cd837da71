import { setTimeout as delay } from 'node:timers/promises';
import type { BatchReport } from './batch-report.ts';
import type { ChaosSettings } from './chaos-settings.ts';
import type { ClientParts } from './clients/ask-api.ts';
import { runBackgroundClient } from './clients/background-client.ts';
import { runBatchClient } from './clients/batch-client.ts';
import { runJsonClient } from './clients/json-client.ts';
import { runStreamClient } from './clients/stream-client.ts';
import type { Cluster } from './cluster.ts';
import { type Fault, injectFaults } from './inject-faults.ts';
import { inspectStore } from './inspect-store.ts';
import type { Violation } from './oracle/violation.ts';
import { type BatchPlan, planBatches } from './plan-batches.ts';
import { planFaults } from './plan-faults.ts';
import { planRuns, planSlowRun, type RunPlan } from './plan-runs.ts';
import type { RunReport } from './run-report.ts';
import { rereadAll, settle } from './settle.ts';
import type { UpstreamReport } from './upstream-record.ts';

/** Everything that one suite has seen. */
export interface Observed {
  readonly reports: readonly RunReport[];
  readonly batches: readonly BatchReport[];
  readonly faults: readonly Fault[];
  readonly upstream: UpstreamReport;
  /** Runs that nobody waits for any more and that still live. */
  readonly stuck: readonly Violation[];
  /** Processes that ended without having been told to. */
  readonly unexpectedEnds: number;
}

/**
 * Puts load and faults on the cluster for the set time, lets it come to rest and collects what is to be judged. Throws when
 * a fault could not be injected.
 */
export async function runSuite(
  cluster: Cluster,
  settings: ChaosSettings,
  stopping: AbortSignal,
): Promise<Observed> {
  const broken = new AbortController();
  const observed = await observe(cluster, settings, {
    signal: AbortSignal.any([stopping, broken.signal]),
    onBroken: (error) => broken.abort(error),
  });
  if (broken.signal.aborted) throw new Error('The suite broke.', { cause: broken.signal.reason });
  return observed;
}

interface Course {
  readonly signal: AbortSignal;
  onBroken(error: unknown): void;
}

async function observe(
  cluster: Cluster,
  settings: ChaosSettings,
  { signal, onBroken }: Course,
): Promise<Observed> {
  const { workers, apis } = cluster;
  const parts: ClientParts = {
    apiUrls: [apis[0].url, apis[1].url],
    resumesByCursor: !settings.baseline,
    signal,
  };
  const startMs = Date.now();
  const going: Promise<RunReport>[] = [];
  const startRun = (plan: RunPlan) => void going.push(clientOf(plan)(plan, parts));
  let slowRuns = 0;
  const injecting = injectFaults({
    cluster,
    plans: planFaults(settings),
    seed: settings.seed,
    startMs,
    signal,
    onBroken,
    startSlowClient: () => startRun(planSlowRun(slowRuns++, Date.now() - startMs)),
  });
  const batchParts = { ...parts, loadEndsMs: startMs + settings.durationMs };
  const batching: Promise<BatchReport>[] = [];
  const startBatch = (plan: BatchPlan) => void batching.push(runBatchClient(plan, batchParts));
  await Promise.all([
    startEach(planRuns(settings), { startMs, start: startRun, signal }),
    startEach(planBatches(settings), { startMs, start: startBatch, signal }),
  ]);
  const faults = await injecting;
  const reports = await Promise.all(going);
  const batches = await Promise.all(batching);
  const stuck = await settle(cluster, signal);
  if (!settings.baseline && !signal.aborted) {
    // An API that only relays has nothing to give of a run that is over.
    if (settings.mutant !== 'pubsub-only') await rereadAll(reports, parts.apiUrls);
    const stored = await inspectStore(cluster.store);
    for (const report of reports) report.stored = stored.get(report.plan.tag) ?? [];
  }
  const unexpectedEnds = [...workers, ...apis].reduce((sum, slot) => sum + slot.unexpectedEnds, 0);
  return { reports, batches, faults, upstream: await cluster.upstreamReport(), stuck, unexpectedEnds };
}

function clientOf({ stream, background }: RunPlan): typeof runStreamClient {
  if (stream) return runStreamClient;
  return background ? runBackgroundClient : runJsonClient;
}

interface Starting<Plan> {
  readonly startMs: number;
  readonly signal: AbortSignal;
  start(plan: Plan): void;
}

async function startEach<Plan extends { readonly atMs: number }>(
  plans: readonly Plan[],
  { startMs, start, signal }: Starting<Plan>,
): Promise<void> {
  for (const plan of plans) {
    await delay(Math.max(0, startMs + plan.atMs - Date.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    start(plan);
  }
}
