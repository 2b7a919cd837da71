import { randomUUID } from 'node:crypto';
import { createAuthenticate } from '@calute/core/api-keys/create-authenticate';
import { createKeyStore } from '@calute/core/api-keys/key-store';
import { startPeriodic } from '@calute/core/async/periodic';
import { within } from '@calute/core/async/within';
import type { BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import type { Batches } from '@calute/core/batches/batch-service';
import { connectBatches } from '@calute/core/batches/connect-batches';
import { CompletionService } from '@calute/core/completions/completion-service';
import { CaluteError } from '@calute/core/errors';
import { openFiles } from '@calute/core/files/open-files';
import { createAgentDirectory } from '@calute/core/fleet/create-agent-directory';
import { createLogger, type Logger } from '@calute/core/logging/logger';
import type { RunningRole } from '@calute/core/process/run-role';
import { openRunStore } from '@calute/core/queue/open-run-store';
import { sweep } from '@calute/core/queue/sweep';
import { createChannel } from '@calute/core/redis/channel';
import { createErrorReport } from '@calute/core/redis/error-report';
import { createFollower } from '@calute/core/run-store/read/follower';
import type { createRedisRunStore } from '@calute/core/run-store/redis-run-store';
import { createApiMetrics } from './admin/api-metrics.ts';
import { createAdminApp } from './admin/create-admin-app.ts';
import { readScaling } from './admin/read-scaling.ts';
import { createBatchEndpoints } from './admission/batch-endpoints.ts';
import type { ApiConfig } from './config.ts';
import { createApp } from './create-app.ts';
import { defaultHttpSettings, type HttpSettings } from './http-settings.ts';
import { assertReachable } from './identity/assert-reachable.ts';
import { drainServer } from './server/drain.ts';
import { listen, urlOf } from './server/listen-or-explain.ts';
import { createOpenStreams } from './server/open-streams.ts';

/** Frames that wait for one slow client before it is sent to the log. */
const maxBufferedBytes = 256 * 1024;
const silenceMs = 1000;
const giveUpMs = 30_000;
const sweepEveryMs = 1000;
const sweepFilesEveryMs = 30_000;
const closeMs = 2000;

/** What the fault suite puts in place of a part, to show that it notices a broken one. */
export interface ApiSubstitutes {
  readonly createStore?: typeof createRedisRunStore;
  readonly createFollower?: typeof createFollower;
}

/** Builds the API and listens; the composition root of this role. Throws StartError. */
export async function startApi(config: ApiConfig, substitutes: ApiSubstitutes = {}): Promise<RunningRole> {
  const logger = createLogger({ role: 'api', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const store = await openStore(config, logger, substitutes);
  const { keyStore, follower } = store;
  const needsKey = config.CALUTE_API_KEY !== undefined || !(await keyStore.isEmpty());
  assertReachable(config.HOST, needsKey);
  await follower.start();
  const onError = (error: unknown) => reportOutage(logger, error);
  const sweeping = [
    startPeriodic({ everyMs: sweepEveryMs, round: () => sweep({ ...store, logger }), onError }),
    startPeriodic({ everyMs: sweepFilesEveryMs, round: store.files.sweep, onError }),
  ];
  const stopSweeping = () => Promise.all(sweeping.map((periodic) => periodic.stop()));
  const completions = new CompletionService({
    ...store,
    logger,
    maxLiveRuns: config.MAX_LIVE_RUNS,
    disconnectGraceMs: config.DISCONNECT_GRACE_MS,
    retentionMs: config.RUN_RETENTION_S * 1000,
    now: Date.now,
  });
  const batchEndpoints = createBatchEndpoints(store.agents);
  const { batches, ...driving } = connectBatches({
    ...store,
    endpoints: batchEndpoints,
    maxLineBytes: config.MAX_BODY_BYTES,
    maxLiveRuns: config.MAX_LIVE_RUNS,
    retentionMs: config.RUN_RETENTION_S * 1000,
    allowPrivateWebhooks: config.WEBHOOKS_ALLOW_PRIVATE,
    now: Date.now,
    logger,
    onError,
  });
  const parts = { ...store, completions, batches, batchEndpoints, logger };
  const servers = await serve(config, parts).catch(async (error: unknown) => {
    await Promise.allSettled([stopSweeping(), store.close()]);
    throw error;
  });
  driving.start();
  logger.info({ url: urlOf(servers.api), admin: urlOf(servers.admin) }, 'api.ready');
  return {
    url: urlOf(servers.api),
    needsKey,
    async stop() {
      logger.info('api.draining');
      completions.drain();
      await driving.stop();
      await drainServer(servers.api, { streams: servers.streams, boundMs: config.DRAIN_TIMEOUT_MS });
      await stopSweeping();
      servers.admin.close();
      servers.admin.closeAllConnections();
      await store.close();
      logger.info('api.stopped');
    },
  };
}

/** Everything that stands on Redis, and how to let go of it. */
async function openStore(
  config: ApiConfig,
  logger: Logger,
  { createStore, createFollower: create = createFollower }: ApiSubstitutes,
) {
  const report = createErrorReport(logger);
  const onError = (error: unknown) => reportOutage(logger, error);
  const substitute = createStore && { createStore };
  const store = await openRunStore(config, { role: 'command', report, onError, ...substitute });
  const { redis, keys, log } = store;
  const files = await openFiles(config, { redis, keys, logger }).catch(async (error: unknown) => {
    await store.closeQueue();
    await store.close();
    throw error;
  });
  const channel = createChannel(store.subscriber, keys.replyChannel(randomUUID()));
  const follower = create({ log, channel, maxBufferedBytes, silenceMs, giveUpMs });
  return {
    ...store,
    files,
    follower,
    keyStore: createKeyStore({ redis, keys, now: Date.now, logger }),
    agents: createAgentDirectory({ redis, keys, now: Date.now, logger }),
    async close() {
      // Without Redis nobody confirms that the channel is left.
      await within(closeMs, follower.close());
      files.close();
      await store.closeQueue();
      await store.close();
    },
  };
}

interface ServeParts extends Awaited<ReturnType<typeof openStore>> {
  readonly completions: CompletionService;
  readonly batches: Batches;
  readonly batchEndpoints: BatchEndpoints;
  readonly logger: Logger;
}

async function serve(config: ApiConfig, parts: ServeParts) {
  const { logger, completions, agents, files, batches, batchEndpoints, backlog, keyStore } = parts;
  const streams = createOpenStreams();
  const metrics = createApiMetrics(streams);
  const checkHealth = async () => (await parts.redis.ping()) === 'PONG';
  const authenticate = createAuthenticate({
    store: keyStore,
    environmentKey: config.CALUTE_API_KEY,
    now: Date.now,
  });
  const settings = toHttpSettings(config);
  const app = createApp({
    completions,
    agents,
    files,
    batches,
    batchEndpoints,
    authenticate,
    checkHealth,
    logger,
    metrics,
    streams,
    settings,
  });
  const scaling = () => readScaling({ backlog, agents, workerConcurrency: config.WORKER_CONCURRENCY });
  const adminApp = createAdminApp({
    registry: metrics.registry,
    ready: checkHealth,
    scaling,
    streams,
    logger,
  });
  const admin = await listen(adminApp, { host: config.ADMIN_HOST, port: config.ADMIN_PORT }, 'ADMIN_PORT');
  try {
    const api = await listen(app, { host: config.HOST, port: config.PORT }, 'PORT');
    return { api, admin, streams };
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

/** The connection reports an outage for all; anything else is a bug. */
function reportOutage(logger: Logger, error: unknown): void {
  if (!CaluteError.is(error)) logger.error({ err: error }, 'store.failed');
}
