import { exampleRequest, reachableUrl } from './example-request.ts';
import { type KeptRole, keepRole } from './keep-role.ts';
import { openRedis } from './open-redis.ts';
import { scaleWorkers } from './scale-workers.ts';
import { reloadSetting, type StartSettings, scalingUrl } from './settings.ts';
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

/** After the first Ctrl-C; longer than the roles' own drain of 25 s and what a worker needs after it. */
const drainMs = 40_000;

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
  const api = keepRole({ program: { name: 'api', file: apiFile, env: roleEnv }, report });
  const pool = createWorkerPool({ program: { name: 'worker', file: workerFile, env: roleEnv }, report });
  await using _roles = { [Symbol.asyncDispose]: () => drainAll([api, pool], signals.force) };
  const workers = pool.resize(settings.minWorkers);
  const up = await Promise.race([bothUp(api, workers), aborted(signals.stop)]);
  if (up === 'stopped') return 0;
  if (up.outcome !== 'ready') {
    if (up.outcome === 'ended')
      report(`calute: a process ended (${up.how}) before it was ready; see its log above.`);
    return 1;
  }
  const { url = '', needsKey, agents } = up;
  print(`ready ${reachableUrl(url)}`);
  for (const line of exampleRequest({ url, needsKey, agents }, env)) print(line);
  await scaleWorkers(pool, { limits: settings, scalingUrl: scalingUrl(settings), signal: signals.stop });
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

function aborted(signal: AbortSignal): Promise<'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}

/** Lets all finish what they hold, for so long; whatever is left then, or when `force` aborts, ends at once. */
async function drainAll(
  roles: readonly Pick<KeptRole, 'drain' | 'kill'>[],
  force: AbortSignal,
): Promise<void> {
  const kill = () => {
    for (const role of roles) role.kill();
  };
  const timer = setTimeout(kill, drainMs);
  force.addEventListener('abort', kill, { once: true });
  const drained = Promise.all(roles.map((role) => role.drain()));
  if (force.aborted) kill();
  await drained;
  clearTimeout(timer);
  force.removeEventListener('abort', kill);
}

function withoutPassword(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
