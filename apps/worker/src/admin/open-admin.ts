import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import type { WorkerConfig } from '../config.ts';
import { type AdminServer, serveAdmin } from './admin-server.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** What a worker says of itself; set while it comes up. */
export interface WorkerHealth {
  /** Whether it took nothing though runs waited. */
  isWedged: boolean;
  takesRuns(): boolean;
}

export interface AdminParts {
  readonly metrics: WorkerMetrics;
  readonly health: WorkerHealth;
  readonly store: Pick<OpenedRunStore, 'redis'>;
}

/** Opens a worker's admin port where one is asked for. Throws StartError. */
export async function openAdmin(
  { ADMIN_HOST: host, ADMIN_PORT: port }: Pick<WorkerConfig, 'ADMIN_HOST' | 'ADMIN_PORT'>,
  { metrics, health, store }: AdminParts,
): Promise<AdminServer | undefined> {
  if (port === undefined) return undefined;
  const isLive = () => !health.isWedged;
  const isReady = async () => health.takesRuns() && (await store.redis.ping()) === 'PONG';
  return await serveAdmin({ metrics: metrics.all, isLive, isReady }, { host, port });
}
