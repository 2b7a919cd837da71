import type { Agent } from '@calute/core/agent/agent';
import { busyLoad, createLoopLoad, type LoopLoad } from '@calute/core/async/loop-load';
import { startPeriodic } from '@calute/core/async/periodic';
import { within } from '@calute/core/async/within';
import type { Logger } from '@calute/core/logging/logger';
import type { ToolServers } from '@calute/core/mcp/create-tool-servers';
import type { ResolveModel } from '@calute/core/models/model-provider';
import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import { createBullMqRunConsumer } from '@calute/core/queue/bullmq-run-consumer';
import type { Partition } from '@calute/core/queue/connect-partition';
import type { RunConsumer, RunHandler } from '@calute/core/queue/run-queue';
import { createSlots, type Slots } from '@calute/core/queue/slots';
import { createFrameWriter } from '@calute/core/run-store/append/frame-writer';
import { renewEveryMs } from '@calute/core/run-store/lease/lease-times';
import type { Tracing } from '@calute/core/telemetry/tracing/tracing';
import type { WorkerMetrics } from './admin/worker-metrics.ts';
import type { WarnOfIgnored } from './agents/warn-of-ignored.ts';
import { createHeldRuns, type HeldRuns } from './attempt/held-runs.ts';
import { createProcessRun } from './attempt/process-run.ts';
import { runLogged } from './attempt/run-logged.ts';
import type { WorkerConfig } from './config.ts';
import { createPatientPace, type PatientPace } from './patient-pace.ts';
import { startReporting } from './start-reporting.ts';
import { createTraceAttempt } from './tracing/trace-attempt.ts';
import { wedgedAfterMs } from './watch-over.ts';
import { createWatchdog, type WatchdogVerdict } from './watchdog.ts';

/** Half a second apart: a rolling deploy replaces a worker within ten seconds. */
const passOnTimes = 20;
/** Clients of an API that died come back to another one well within this. */
const absenceGraceMs = 15_000;
const presenceEveryMs = 5000;
const closeMs = 2000;
/** Their frames are no cheaper together. */
const fewRuns = 16;

export interface TakeRunsParts {
  readonly config: WorkerConfig;
  readonly store: OpenedRunStore;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly toolServers: ToolServers;
  readonly resolveModel: ResolveModel;
  readonly metrics: WorkerMetrics;
  readonly tracing: Tracing | undefined;
  readonly logger: Logger;
  readonly warnOfIgnored: WarnOfIgnored;
  onError(error: unknown): void;
}

/** What a worker has in hand, of all partitions. */
export interface TakenRuns {
  readonly consumer: RunConsumer;
  readonly held: Pick<HeldRuns, 'size' | 'stopAll'>;
  readonly rounds: readonly { stop(): Promise<void> }[];
  /** Whether it takes runs at all. */
  look(): Promise<WatchdogVerdict>;
  /** Says for how many runs it has room: all it may hold, or none. Never throws. */
  setRoom(isOpen: boolean): Promise<void>;
}

/** Takes runs of all partitions; they share the slots of this worker. */
export async function takeRuns(parts: TakeRunsParts, workerId: string): Promise<TakenRuns> {
  const { config, store, agents, metrics, onError } = parts;
  const slots = createSlots(config.WORKER_CONCURRENCY);
  const open = { isOpen: true };
  const load = createLoopLoad();
  const pace = createPatientPace({ load, now: performance.now.bind(performance) });
  const all = await Promise.all(
    store.partitions.map((partition) => takeOf(parts, { partition, workerId, slots, open, load, pace })),
  );
  const held: TakenRuns['held'] = {
    get size() {
      return all.reduce((total, one) => total + one.held.size, 0);
    },
    stopAll: (reason) => all.forEach((one) => void one.held.stopAll(reason)),
  };
  const reporting = await startReporting({ store, workerId, agents, slots: slots.total, held, onError });
  metrics.watchSlots(() => ({ slots: open.isOpen ? slots.total : 0, used: slots.used }));
  return {
    consumer: joinConsumers(all.map(({ consumer }) => consumer)),
    held,
    rounds: [reporting, ...all.flatMap(({ rounds }) => rounds)],
    async look() {
      const verdicts = await Promise.all(all.map((one) => one.look()));
      return verdicts.find((verdict) => verdict !== 'fine') ?? 'fine';
    },
    async setRoom(isOpen) {
      open.isOpen = isOpen;
      const renewing = all.map(({ renew }) => renew().catch(onError));
      await within(closeMs, Promise.all([...renewing, reporting.setDraining(!isOpen)]));
    },
  };
}

interface OfPartition {
  readonly partition: Partition;
  readonly workerId: string;
  readonly slots: Slots;
  readonly open: { readonly isOpen: boolean };
  readonly load: LoopLoad;
  readonly pace: PatientPace;
}

async function takeOf(parts: TakeRunsParts, { partition, workerId, slots, open, load, pace }: OfPartition) {
  const { store, onError } = parts;
  const { log, leases, keys, queue, dispatcher } = partition;
  const held = createHeldRuns();
  const control = store.channels.create(keys.controlChannel(workerId));
  await control.open({
    // The id of a run that ended from outside.
    onMessage: (runId) => held.stop(runId, 'fenced'),
    onResubscribed: () => void held.stopEnded(log).catch(onError),
  });
  const renew = () =>
    held.renew(leases, { channel: control.name, ...roomOf({ held, slots, open }, store.partitions.length) });
  await renew();
  const handler = createHandler(parts, {
    ...{ partition, workerId, held, load, pace },
    controlChannel: control.name,
  });
  let taken = 0;
  const counting: RunHandler = (run) => {
    taken += 1;
    return handler(run);
  };
  const taking = { redis: store.redis, prefix: keys.queuePrefix, slots, queue };
  const consumer = createBullMqRunConsumer({ ...taking, handler: counting, onError });
  await dispatcher.fill();
  const look = createWatchdog({
    waiting: queue.takeable,
    taken: () => taken,
    hasRoom: () => open.isOpen && slots.used < slots.total,
    now: performance.now.bind(performance),
    wedgedAfterMs,
  });
  const rounds = [
    startPeriodic({ everyMs: renewEveryMs, round: renew, onError }),
    startPeriodic({ everyMs: presenceEveryMs, round: () => held.checkPresence(log), onError }),
  ];
  return { held, consumer, look, renew, rounds };
}

/** What one partition may count on: what this worker holds of it, and what is free for all of them. */
function roomOf(
  { held, slots, open }: Pick<OfPartition, 'slots' | 'open'> & { readonly held: HeldRuns },
  partitions: number,
): { readonly room: number; readonly totalRoom?: number } {
  if (!open.isOpen) return { room: 0 };
  if (partitions === 1) return { room: slots.total };
  const elsewhere = Math.max(0, slots.used - held.size);
  return { room: Math.max(0, slots.total - elsewhere), totalRoom: slots.total };
}

interface HandlerParts {
  readonly partition: Partition;
  readonly workerId: string;
  readonly held: HeldRuns;
  readonly controlChannel: string;
  readonly load: LoopLoad;
  readonly pace: PatientPace;
}

function createHandler(
  parts: TakeRunsParts,
  { partition, workerId, held, controlChannel, load, pace }: HandlerParts,
): RunHandler {
  const { config, store, agents, logger, onError } = parts;
  const { log, leases } = partition;
  return createProcessRun({
    log,
    leases,
    controlChannel,
    writer: createFrameWriter({
      log,
      onStoreError: onError,
      gather: { ms: config.FRAME_GATHER_MS, isBusy: () => held.size > fewRuns && load() > busyLoad },
    }),
    held,
    pace,
    agents,
    canOverrideSamplings: config.CALUTE_OVERRIDE_SAMPLINGS,
    passOnTimes,
    absenceGraceMs,
    metrics: parts.metrics,
    traceAttempt: parts.tracing && createTraceAttempt(parts.tracing),
    workerId,
    note: store.journal.note,
    logger,
    runAgent: (input) => runLogged(parts, input),
  });
}

/** All queues as one. */
function joinConsumers(consumers: readonly RunConsumer[]): RunConsumer {
  const each = async (task: (consumer: RunConsumer) => Promise<void>) => {
    await Promise.all(consumers.map(task));
  };
  return {
    get active() {
      return consumers.reduce((total, { active }) => total + active, 0);
    },
    pause: () => consumers.forEach((consumer) => void consumer.pause()),
    resume: () => consumers.forEach((consumer) => void consumer.resume()),
    idle: () => each((consumer) => consumer.idle()),
    close: (boundMs) => each((consumer) => consumer.close(boundMs)),
  };
}
