import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Agent } from '@calute/core/agent/agent';
import { createLoadAgents } from '@calute/core/agent/files/load-agents';
import { within } from '@calute/core/async/within';
import { CaluteError } from '@calute/core/errors';
import { createAnnouncer } from '@calute/core/fleet/create-announcer';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import { createToolServers } from '@calute/core/mcp/create-tool-servers';
import { type OpenedRunStore, openRunStore } from '@calute/core/partitions/open-run-store';
import type { RunningRole } from '@calute/core/process/run-role';
import { StartError } from '@calute/core/process/start-error';
import type { RunConsumer } from '@calute/core/queue/run-queue';
import { createErrorReport, type ErrorReport } from '@calute/core/redis/error-report';
import { toStoreError } from '@calute/core/redis/store-error';
import { countWorkerStore } from '@calute/core/run-store/count-run-store';
import { createRedisRunStore } from '@calute/core/run-store/redis-run-store';
import { openTracing } from '@calute/core/telemetry/tracing/open-tracing';
import { openAdmin, type WorkerHealth } from './admin/open-admin.ts';
import { createWorkerMetrics } from './admin/worker-metrics.ts';
import { describeAgents } from './agents/describe-agents.ts';
import { askableFirst, warnOfMissingKeys } from './agents/missing-keys.ts';
import { type ServedAgents, serveAgents } from './agents/serve-agents.ts';
import { createWarnOfIgnored } from './agents/warn-of-ignored.ts';
import { watchFolder } from './agents/watch-folder.ts';
import type { HeldRuns } from './attempt/held-runs.ts';
import type { WorkerConfig } from './config.ts';
import { openModels, readNamedProviders } from './models/open-models.ts';
import { createRetirement } from './retirement.ts';
import { takeRuns } from './take-runs.ts';
import { watchOver } from './watch-over.ts';

/** How long runs that are stopped by a drain may take to write their end or to be handed back. */
const handBackMs = 3000;
const closeMs = 2000;
/** What the SDK takes to end a child process that does not want to, and a little more. */
const toolServersMs = 6000;
/**
 * Builds a worker, announces its agents and takes runs; the composition root of this role. The fault suite gives a broken
 * `createStore`, to show that it notices. Throws StartError.
 */
export async function startWorker(
  config: WorkerConfig,
  createStore: typeof createRedisRunStore = createRedisRunStore,
): Promise<RunningRole> {
  const workerId = randomUUID();
  const logger = createLogger({ role: 'worker', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const named = await readNamedProviders(config);
  const load = createLoadAgents(resolve(config.CALUTE_AGENTS), Object.keys(named));
  const agents = await loadOrExplain(load);
  const report = createErrorReport(logger);
  const onError = (error: unknown) => reportError(logger, report, error);
  const tracing = await openTracing(process.env, 'worker');
  const metrics = createWorkerMetrics();
  const count: typeof createRedisRunStore = (given) => countWorkerStore(createStore(given), metrics.all);
  const store = await openRunStore(config, { role: 'worker', report, onError, logger, createStore: count });
  // Before it takes anything: a port that is taken ends the worker.
  const health: WorkerHealth = { isWedged: false, takesRuns: () => false };
  const admin = await openAdmin(config, { metrics, health, store });
  const resolveModel = openModels(config, { named, store, workerId, onError });
  const describe = (some: readonly Agent[]) => describeAgents(some, resolveModel, config);
  const startedAtMs = Date.now();
  const announcer = createAnnouncer({ ...store, workerId, agents: describe(agents), logger, startedAtMs });
  await announcer.start();
  const toolServers = createToolServers({ logger });
  const announce = (some: readonly Agent[]) => announcer.replace(describe(some), Date.now());
  const inspect = (some: readonly Agent[]) => warnOfMissingKeys(some, resolveModel, logger);
  const served = serveAgents(agents, { load, toolServers, inspect, announce, logger });
  const reloading = await watchAgents(config, served, onError);
  const warnOfIgnored = createWarnOfIgnored(logger, config.CALUTE_OVERRIDE_SAMPLINGS);
  const serving = { config, store, agents: served.byId, toolServers };
  const parts = { ...serving, resolveModel, metrics, tracing, logger, warnOfIgnored, onError };
  const { consumer, held, look, rounds, setRoom } = await takeRuns(parts, workerId);
  const retirement = createRetirement({ consumer, announcer, setRoom, closeMs });
  const { failed, rounds: watching } = watchOver({ store, logger, health, look, onError });
  health.takesRuns = () => !retirement.isRetired;
  logger.info({ workerId, agents: agents.map(({ id }) => id), admin: admin?.url }, 'worker.ready');
  return {
    ...(admin === undefined ? {} : { admin: admin.url }),
    retire: retirement.retire,
    recall: () => void retirement.recall().catch(onError),
    agents: askableFirst(agents, resolveModel),
    failed,
    async stop() {
      logger.info({ active: consumer.active }, 'worker.draining');
      await retirement.withdraw();
      await reloading?.close();
      await finishRuns(consumer, held, config.DRAIN_TIMEOUT_MS);
      await within(closeMs, stopAll([...watching, ...rounds]));
      await Promise.all([consumer.close(closeMs), within(toolServersMs, toolServers[Symbol.asyncDispose]())]);
      await resolveModel[Symbol.asyncDispose]();
      admin?.[Symbol.dispose]();
      await letGo(store);
      await tracing?.[Symbol.asyncDispose]();
      logger.info('worker.stopped');
    },
  };
}

async function letGo(store: OpenedRunStore): Promise<void> {
  await store.closeQueue();
  await store.close();
}

async function stopAll(rounds: readonly { stop(): Promise<void> }[]): Promise<void> {
  await Promise.all(rounds.map((round) => round.stop()));
}

/** Lets the runs in hand finish, up to the bound; then those that have shown nothing go to another worker. */
async function finishRuns(
  consumer: RunConsumer,
  held: Pick<HeldRuns, 'stopAll'>,
  boundMs: number,
): Promise<void> {
  if ((await within(boundMs, consumer.idle())) === 'done') return;
  held.stopAll('drain');
  await within(handBackMs, consumer.idle());
}

async function loadOrExplain(load: () => Promise<readonly Agent[]>): Promise<readonly Agent[]> {
  try {
    return await load();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

/** Where agents are written, they are loaded again when their files change. */
async function watchAgents(
  config: WorkerConfig,
  { reload }: ServedAgents,
  onError: (error: unknown) => void,
) {
  if (!config.CALUTE_RELOAD) return undefined;
  return await watchFolder({ folder: resolve(config.CALUTE_AGENTS), onChange: () => void reload(), onError });
}

/** What the store refuses is an outage and comes in thousands; anything else is a bug. */
function reportError(logger: Logger, report: ErrorReport, error: unknown): void {
  const cause = CaluteError.is(error) ? error.cause : error;
  if (CaluteError.is(error) || isConnectionError(cause))
    report(cause instanceof Error ? cause : new Error(String(cause)), 'worker');
  else logger.error({ err: error }, 'worker.error');
}

function isConnectionError(error: unknown): boolean {
  return CaluteError.is(toStoreError(error));
}
