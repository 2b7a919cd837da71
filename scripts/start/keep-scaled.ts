import type { KeptRole } from './keep-role.ts';
import { openDemand } from './read-demand.ts';
import { scaleWorkers } from './scale-workers.ts';
import { createScrapeTargets, type ScrapeTarget } from './scrape-targets.ts';
import type { StartSettings } from './settings.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface KeepScaledParts {
  readonly pool: WorkerPool;
  /** The API, where it is started here as well. */
  readonly api?: Pick<KeptRole, 'admin'>;
  readonly settings: StartSettings;
  readonly redisUrl: string;
  /** Where the file for Prometheus goes. */
  readonly stateDir: string;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

/** Lets the pool follow the load, and Prometheus know where its metrics are, until the signal aborts. */
export async function keepScaled(parts: KeepScaledParts): Promise<void> {
  const { pool, api, settings, redisUrl, stateDir, signal, report } = parts;
  await using demand = await openDemand({
    redisUrl,
    prefix: settings.prefix,
    partitions: settings.partitions,
    concurrency: settings.concurrency,
  });
  await using targets = createScrapeTargets(stateDir);
  const list = (): ScrapeTarget[] => [
    ...(api?.admin === undefined ? [] : [{ role: 'api' as const, url: api.admin }]),
    ...pool.admins.map((url) => ({ role: 'worker' as const, url })),
  ];
  await scaleWorkers(pool, {
    limits: settings,
    down: settings.down,
    read: demand.read,
    signal,
    report,
    // A folder that cannot be written is no reason to stop.
    onRound: () => targets.update(list()).catch(() => undefined),
  });
}

/** At first there is one even where none may be the fewest: it announces the agents, so that they can be asked for. */
export function firstWorkers({ minWorkers }: Pick<StartSettings, 'minWorkers'>): number {
  return Math.max(1, minWorkers);
}
