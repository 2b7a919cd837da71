import { drainRoles, whenAborted } from './drain-roles.ts';
import { firstWorkers, keepScaled } from './keep-scaled.ts';
import type { StartSettings } from './settings.ts';
import type { StopSignals } from './stop-signals.ts';
import { createWorkerPool } from './worker-pool.ts';

export interface SuperviseOptions {
  readonly settings: StartSettings;
  readonly redisUrl: string;
  readonly env: NodeJS.ProcessEnv;
  readonly workerFile: string;
  /** `.calute`, for the file that tells Prometheus of the workers. */
  readonly stateDir: string;
  readonly signals: StopSignals;
  /** For what the user asked for: standard output. */
  readonly print: (line: string) => void;
  /** For everything else: standard error. */
  readonly report: (line: string) => void;
}

/** Runs as many workers as the load wants until `signals.stop`, then drains them. Returns the exit code. */
export async function superviseWorkers(options: SuperviseOptions): Promise<0 | 1> {
  const { settings, redisUrl, env, workerFile, stateDir, signals, print, report } = options;
  // Several on one machine cannot have one port.
  const program = { name: 'worker', file: workerFile, env: { ...env, ADMIN_PORT: '0' } };
  const pool = createWorkerPool({ program, report });
  await using _roles = { [Symbol.asyncDispose]: () => drainRoles([pool], signals.force) };
  const workers = pool.resize(firstWorkers(settings));
  const up = await Promise.race([...workers.map(({ started }) => started), whenAborted(signals.stop)]);
  if (up === 'stopped') return 0;
  if (up.outcome !== 'ready') {
    if (up.outcome === 'ended')
      report(`calute: a worker ended (${up.how}) before it was ready; see its log above.`);
    return 1;
  }
  print(`workers ${settings.minWorkers} to ${settings.maxWorkers}`);
  await keepScaled({ pool, settings, redisUrl, stateDir, signal: signals.stop, report });
  return 0;
}
