import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { roleNodeOptions } from '@calute/core/process/bound-garbage';
import { childEnvironment } from './child-environment.ts';

/** A process of the API or of a worker, as users run it. */
export interface StartedRole extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Where the API listens; empty for a worker. */
  readonly url: string;
  /** Where its admin port listens; empty when it has none. */
  readonly admin: string;
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
  return startRoleAt('api', { PORT: '0', ADMIN_PORT: '0', ...environment });
}

/** A worker that has announced its agents. Rejects with what it said when it does not get ready. */
export function startWorker(environment: RoleEnvironment): Promise<StartedRole> {
  return startRoleAt('worker', environment);
}

const here = fileURLToPath(new URL('../..', import.meta.url));

/** A role with this environment and no other, of this checkout or of another. Rejects with what it said when it does not get ready. */
export async function startRoleAt(
  role: 'api' | 'worker',
  environment: Record<string, string>,
  root = here,
): Promise<StartedRole> {
  const file = join(root, 'apps', role, 'src/main.ts');
  const child = fork(file, {
    env: { ...childEnvironment(), ...environment },
    execArgv: [...roleNodeOptions(environment)],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const exited = once(child, 'exit').then(([code, signal]): number | string => code ?? signal);
  const ready = once(child, 'message').then(
    ([message]): { type: string; url?: string; admin?: string } => message,
  );
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
    admin: first.admin ?? '',
    exited,
    log: () => output.join(''),
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}
