import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '@calute/core/process/start-error';

export interface StartOptions {
  /** Relative to this folder. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Gets what the process says, at its end. */
  readonly logPath: string;
}

export interface StartedProcess {
  readonly process: ChildProcess;
  /** Where it listens, if it does. */
  readonly url: string;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
}

/** Forks a process that says `{ type: 'ready' }` once it serves; throws when it ends before. */
export async function startProcess({ file, environment, logPath }: StartOptions): Promise<StartedProcess> {
  const log = openSync(logPath, 'a');
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
    // Ctrl-C in a terminal reaches a whole group; here only the driver is to get it.
    detached: true,
  });
  closeSync(log);
  const ended = once(child, 'exit').then(() => undefined);
  const ready = once(child, 'message').then(([message]): { type?: string; url?: string } => message);
  const first = await Promise.race([ready, ended]);
  if (first?.type !== 'ready') {
    child.kill('SIGKILL');
    await ended;
    throw new StartError(`${file} did not start; see ${logPath}.`);
  }
  return { process: child, url: first.url ?? '', ended };
}
