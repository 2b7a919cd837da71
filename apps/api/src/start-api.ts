import { createAuthenticate } from '@calute/core/api-keys/create-authenticate';
import { startPeriodic } from '@calute/core/async/periodic';
import { within } from '@calute/core/async/within';
import type { BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import type { Batches } from '@calute/core/batches/batch-service';
import { createRedisProviderState } from '@calute/core/fleet/pacing/redis-provider-state';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import type { RunningRole } from '@calute/core/process/run-role';
import { sweep, sweepEveryMs } from '@calute/core/queue/sweep';
import { readMemoryRatio } from '@calute/core/redis/memory-ratio';
import { countRunStore } from '@calute/core/run-store/count-run-store';
import { createRedisRunStore } from '@calute/core/run-store/redis-run-store';
import { defaultTargets } from '@calute/core/scaling/needed-workers';
import { readScalingSignal } from '@calute/core/scaling/scaling-signal';
import { type WatchedDemand, watchDemand } from '@calute/core/scaling/watch-demand';
import { openTracing } from '@calute/core/telemetry/tracing/open-tracing';
import type { Tracing } from '@calute/core/telemetry/tracing/tracing';
import { type ApiMetrics, createApiMetrics } from './admin/api-metrics.ts';
import { createAdminApp } from './admin/create-admin-app.ts';
import { describeScaling } from './admin/describe-scaling.ts';
import { watchInstallation } from './admin/watch-installation.ts';
import type { ApiConfig } from './config.ts';
import { openConsole } from './console/open-console.ts';
import { createApp } from './create-app.ts';
import { defaultHttpSettings, type HttpSettings } from './http-settings.ts';
import { assertReachable } from './identity/assert-reachable.ts';
import { openBatches } from './open-batches.ts';
import { openServices } from './open-services.ts';
import { type ApiSubstitutes, type OpenedStore, openStore, reportOutage } from './open-store.ts';
import { drainServer } from './server/drain.ts';
import { createJobPace } from './server/job-pace.ts';
import { listen, urlOf } from './server/listen-or-explain.ts';
import { createOpenStreams, type OpenStreams } from './server/open-streams.ts';

const sweepFilesEveryMs = 30_000;
const closeMs = 2000;

/** Builds the API and listens; the composition root of this role. Throws StartError. */
export async function startApi(config: ApiConfig, substitutes: ApiSubstitutes = {}): Promise<RunningRole> {
  const logger = createLogger({ role: 'api', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const tracing = await openTracing(process.env, 'api');
  const streams = createOpenStreams();
  const metrics = createApiMetrics(streams);
  const createStore = substitutes.createStore ?? createRedisRunStore;
  const counting: typeof createRedisRunStore = (parts) => countRunStore(createStore(parts), metrics.all);
  const pace = createJobPace(streams, config.JOB_GATHER_MS);
  const store = await openStore(config, { ...substitutes, logger, pace, createStore: counting });
  const { keyStore, follower } = store;
  const needsKey = config.CALUTE_API_KEY !== undefined || !(await keyStore.isEmpty());
  assertReachable(config.HOST, needsKey);
  await follower.start();
  const onError = (error: unknown) => reportOutage(logger, error);
  const stopSweeping = startSweeping(store, logger, onError);
  const services = openServices(config, {
    ...store,
    logger,
    maxLiveRuns: config.MAX_LIVE_RUNS,
    disconnectGraceMs: config.DISCONNECT_GRACE_MS,
    retentionMs: config.RUN_RETENTION_S * 1000,
    now: Date.now,
  });
  const batching = openBatches(config, { ...store, ...services, logger, onError });
  const demand = openDemand(config, store, onError);
  const observed = { demand, streams, metrics, tracing };
  const parts = { ...store, ...observed, ...batching, services, logger };
  const servers = await serve(config, parts).catch(async (error: unknown) => {
    await Promise.allSettled([stopSweeping(), demand[Symbol.asyncDispose](), store.close()]);
    throw error;
  });
  batching.start();
  logger.info({ url: urlOf(servers.api), admin: urlOf(servers.admin) }, 'api.ready');
  return {
    url: urlOf(servers.api),
    admin: urlOf(servers.admin),
    needsKey,
    async stop() {
      logger.info('api.draining');
      services.completions.drain();
      await within(closeMs, servers.console.close());
      await batching.stop();
      await drainServer(servers.api, { streams: servers.streams, boundMs: config.DRAIN_TIMEOUT_MS });
      await Promise.all([stopSweeping(), demand[Symbol.asyncDispose]()]);
      servers.admin.close();
      servers.admin.closeAllConnections();
      await store.close();
      await tracing?.[Symbol.asyncDispose]();
      logger.info('api.stopped');
    },
  };
}

/** Gives what stops it. */
function startSweeping(
  { partitions, files }: OpenedStore,
  logger: Logger,
  onError: (error: unknown) => void,
) {
  const sweeping = [
    ...partitions.map((partition) =>
      startPeriodic({ everyMs: sweepEveryMs, round: () => sweep({ ...partition, logger }), onError }),
    ),
    startPeriodic({ everyMs: sweepFilesEveryMs, round: files.sweep, onError }),
  ];
  return () => Promise.all(sweeping.map((periodic) => periodic.stop()));
}

/** What an autoscaler is told. */
function openDemand(
  config: ApiConfig,
  { backlog, queue, redis, keys }: OpenedStore,
  onError: (error: unknown) => void,
): WatchedDemand {
  const targets = { ...defaultTargets, concurrency: config.WORKER_CONCURRENCY };
  const providers = createRedisProviderState({ redis, keys });
  const read = () => readScalingSignal({ backlog, queue, providers, targets });
  return watchDemand({ read, now: performance.now.bind(performance), onError });
}

interface ServeParts extends OpenedStore {
  readonly demand: WatchedDemand;
  readonly streams: OpenStreams;
  readonly metrics: ApiMetrics;
  readonly tracing: Tracing | undefined;
  readonly services: ReturnType<typeof openServices>;
  readonly batches: Batches;
  readonly batchEndpoints: BatchEndpoints;
  readonly logger: Logger;
}

async function serve(config: ApiConfig, parts: ServeParts) {
  const { logger, services, agents, files, batches, batchEndpoints, keyStore, streams, metrics, tracing } =
    parts;
  const checkHealth = async () => (await parts.redis.ping()) === 'PONG';
  const identity = { store: keyStore, environmentKey: config.CALUTE_API_KEY, now: Date.now };
  const authenticate = createAuthenticate(identity);
  const deadlineMs = config.RUN_TIMEOUT_S * 1000;
  const console = openConsole({ ...identity, runs: parts, authenticate, deadlineMs, logger });
  const settings = toHttpSettings(config);
  const app = createApp({
    ...services,
    agents,
    files,
    batches,
    batchEndpoints,
    authenticate,
    checkHealth,
    logger,
    metrics,
    tracing,
    streams,
    settings,
    console,
  });
  const { demand } = parts;
  watchInstallation({ metrics: metrics.all, demand, memoryRatio: () => readMemoryRatio(parts.redis) });
  const adminApp = createAdminApp({
    metrics: metrics.all,
    // Looking at the load writes as well, so that a Redis that is full or a replica is noticed.
    ready: async () => (await demand.read()) !== undefined,
    scaling: async () => describeScaling(await demand.read()),
    streams,
    logger,
  });
  const admin = await listen(adminApp, { host: config.ADMIN_HOST, port: config.ADMIN_PORT }, 'ADMIN_PORT');
  try {
    const api = await listen(app, { host: config.HOST, port: config.PORT }, 'PORT');
    return { api, admin, streams, console };
  } catch (error) {
    admin.close();
    throw error;
  }
}

function toHttpSettings(config: ApiConfig): HttpSettings {
  return {
    ...defaultHttpSettings,
    maxBodyBytes: config.MAX_BODY_BYTES,
    headersAfterMs: config.SSE_HEADERS_AFTER_MS,
    heartbeatMs: config.SSE_HEARTBEAT_MS,
    drainTimeoutMs: config.SSE_DRAIN_TIMEOUT_MS,
    runTimeoutMs: config.RUN_TIMEOUT_S * 1000,
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: config.TRUST_PROXY,
    allowPrivateWebhooks: config.WEBHOOKS_ALLOW_PRIVATE,
  };
}
