import { readRedisAddress } from '@calute/core/redis/redis-address';
import { drainRoles, whenAborted } from './drain-roles.ts';
import { exampleRequest, reachableUrl } from './example-request.ts';
import { type KeptRole, keepRole } from './keep-role.ts';
import { firstWorkers, keepScaled } from './keep-scaled.ts';
import { openRedis } from './open-redis.ts';
import { reloadSetting, type StartSettings } from './settings.ts';
import type { RoleStart } from './spawn-role.ts';
import type { StopSignals } from './stop-signals.ts';
import { createWorkerPool } from './worker-pool.ts';

export interface StartOptions {
  readonly settings: StartSettings;
  readonly env: NodeJS.ProcessEnv;
  /** The programs of the two roles. */
  readonly apiFile: string;
  readonly workerFile: string;
  /** `.calute`, where a private Redis keeps its data. */
  readonly stateDir: string;
  readonly signals: StopSignals;
  /** For what the user asked for: standard output. */
  readonly print: (line: string) => void;
  /** For everything else: standard error. */
  readonly report: (line: string) => void;
}

/**
 * Runs Redis, the API and workers until `signals.stop`, then ends them in that order reversed. Returns the exit code; throws
 * StartError for what only the user can mend.
 */
export async function startCalute(options: StartOptions): Promise<0 | 1> {
  const { settings, env, apiFile, workerFile, stateDir, signals, print, report } = options;
  await using redis = await openRedis({ env, dir: stateDir, report });
  if (signals.stop.aborted) return 0;
  print(`redis ${withoutPassword(redis.url)}`);
  const roleEnv = {
    ...env,
    REDIS_URL: redis.url,
    ADMIN_PORT: String(settings.adminPort),
    CALUTE_RELOAD: reloadSetting(env),
  };
  const api = keepRole({ program: { name: 'api', file: apiFile, env: roleEnv }, report, mustStart: true });
  // Several on one machine cannot have one port.
  const workerEnv = { ...roleEnv, ADMIN_PORT: '0' };
  const pool = createWorkerPool({ program: { name: 'worker', file: workerFile, env: workerEnv }, report });
  await using _roles = { [Symbol.asyncDispose]: () => drainRoles([api, pool], signals.force) };
  const workers = pool.resize(firstWorkers(settings));
  const up = await Promise.race([bothUp(api, workers), whenAborted(signals.stop)]);
  if (up === 'stopped') return 0;
  if (up.outcome !== 'ready') {
    if (up.outcome === 'ended')
      report(`calute: a process ended (${up.how}) before it was ready; see its log above.`);
    return 1;
  }
  const { url = '', needsKey, agents } = up;
  print(`ready ${reachableUrl(url)}`);
  print(`look: ${reachableUrl(url)}/console`);
  for (const line of exampleRequest({ url, needsKey, agents }, env)) print(line);
  await keepScaled({ pool, api, settings, redisUrl: redis.url, stateDir, signal: signals.stop, report });
  return 0;
}

/** What the API and a worker say of themselves once both are up, or the first start that failed. */
async function bothUp(api: KeptRole, workers: readonly KeptRole[]): Promise<RoleStart> {
  const failure = Promise.withResolvers<RoleStart>();
  const ready = ({ started }: KeptRole) =>
    started.then((start) => {
      if (start.outcome === 'ready') return start;
      failure.resolve(start);
      return failure.promise;
    });
  const both = Promise.all([ready(api), Promise.race(workers.map(ready))]);
  return Promise.race([both.then(([first, second]) => together(first, second)), failure.promise]);
}

function together(api: RoleStart, worker: RoleStart): RoleStart {
  if (api.outcome !== 'ready' || worker.outcome !== 'ready') return api;
  return { ...api, agents: worker.agents };
}

function withoutPassword(url: string): string {
  const [scheme] = url.split('://', 1);
  return `${scheme}://${readRedisAddress(url).at}`;
}
