import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the API or of a worker, as users run it. */
export interface StartedRole extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Where the API listens; empty for a worker. */
  readonly url: string;
  /** What it has logged so far, a JSON line each. */
  log(): string;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Sends a signal and resolves with the exit code, or with the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** A prefix keeps the keys of one test apart from those of others in the same Redis. */
export interface RoleEnvironment extends Record<string, string> {
  REDIS_URL: string;
  CALUTE_PREFIX: string;
}

/** An API on free ports. Rejects with what it said when it does not get ready. */
export function startApi(environment: RoleEnvironment): Promise<StartedRole> {
  return startRole('api', { PORT: '0', ADMIN_PORT: '0', ...environment });
}

/** A worker that has announced its agents. Rejects with what it said when it does not get ready. */
export function startWorker(environment: RoleEnvironment): Promise<StartedRole> {
  return startRole('worker', environment);
}

async function startRole(role: 'api' | 'worker', environment: Record<string, string>): Promise<StartedRole> {
  const file = fileURLToPath(new URL(`../../apps/${role}/src/main.ts`, import.meta.url));
  const { PATH = '' } = process.env;
  const child = fork(file, { env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const exited = once(child, 'exit').then(([code, signal]): number | string => code ?? signal);
  const ready = once(child, 'message').then(([message]): { type: string; url?: string } => message);
  const first = await Promise.race([ready, exited]);
  if (typeof first !== 'object' || first.type !== 'ready') {
    await exited;
    throw new Error(output.join('').trim());
  }
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return exited;
  };
  return {
    process: child,
    url: first.url ?? '',
    exited,
    log: () => output.join(''),
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}
