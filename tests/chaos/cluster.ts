import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tenantIdSchema } from '@calute/core/ids';
import { itemAt } from '@calute/core/partitions/ask-each';
import type { ChaosSettings } from './chaos-settings.ts';
import { openStore } from './open-store.ts';
import { quietPort } from './quiet-port.ts';
import { openRoleSlot } from './role-slot.ts';
import { startProcess } from './start-process.ts';
import { type UpstreamReport, upstreamReportSchema } from './upstream-record.ts';

const prefix = 'chaos';
/** Whose all runs are: there are no keys. */
const tenant = tenantIdSchema.parse('local');

/** Everything that a suite runs against; disposing ends every process of it. */
export type Cluster = Awaited<ReturnType<typeof openCluster>>;

/** Starts Redis behind its proxy, the upstream, two workers and two APIs; their logs go to `logFolder`. */
export async function openCluster(settings: ChaosSettings, logFolder: string) {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore({ prefix, isCluster: settings.cluster }));
  const logPath = (name: string) => join(logFolder, `${name}.log`);
  const upstream = await startProcess({
    file: './upstream-main.ts',
    environment: {},
    logPath: logPath('upstream'),
  });
  stack.defer(async () => {
    upstream.process.kill('SIGKILL');
    await upstream.ended;
  });
  const common = {
    ...store.environment,
    RUN_RETENTION_S: String(Math.ceil(settings.durationMs / 1000) + 600),
    CHAOS_MUTANT: settings.mutant ?? '',
    FILES_DIR: join(logFolder, 'files'),
  };
  const openWorker = (index: number) =>
    openRoleSlot({
      name: `worker-${index}`,
      start: (processName) => ({
        file: settings.mutant === undefined ? '../../apps/worker/src/main.ts' : './mutant-worker-main.ts',
        environment: { ...common, ...workerEnvironment(upstream.url, processName) },
        logPath: logPath(`worker-${index}`),
      }),
    });
  const openApi = async (index: number) => {
    const PORT = String(await quietPort());
    const slot = await openRoleSlot({
      name: `api-${index}`,
      start: () => ({
        file: apiFile(settings),
        environment: { ...common, PORT, ADMIN_PORT: '0', DRAIN_TIMEOUT_MS: '3000' },
        logPath: logPath(`api-${index}`),
      }),
    });
    return Object.assign(slot, { url: `http://127.0.0.1:${PORT}` });
  };
  const workers = [stack.use(await openWorker(0)), stack.use(await openWorker(1))] as const;
  const apis = [stack.use(await openApi(0)), stack.use(await openApi(1))] as const;
  const opened = stack.move();
  return {
    store,
    /** A key of the partition in which all runs are. */
    busyKey: itemAt(store.keys, store.partitioning.ofTenant(tenant)).live,
    workers,
    apis,
    async upstreamReport(): Promise<UpstreamReport> {
      const response = await fetch(`${upstream.url}/control/report`);
      return upstreamReportSchema.parse(await response.json());
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function workerEnvironment(upstreamUrl: string, processName: string) {
  return {
    CALUTE_AGENTS: fileURLToPath(new URL('./fixtures/agents', import.meta.url)),
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    // Tells the upstream which process asks.
    OPENAI_API_KEY: processName,
    DRAIN_TIMEOUT_MS: '5000',
    // So few that runs wait while a worker is away.
    WORKER_CONCURRENCY: '40',
  };
}

function apiFile({ baseline, mutant }: ChaosSettings): string {
  if (baseline || mutant === 'pubsub-only') return './plain-pubsub-api-main.ts';
  return mutant === undefined ? '../../apps/api/src/main.ts' : './mutant-api-main.ts';
}
