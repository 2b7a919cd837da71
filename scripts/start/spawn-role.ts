import { type ChildProcess, spawn } from 'node:child_process';
import { roleNodeOptions } from '@calute/core/process/bound-garbage';
import { checkedArgument } from '@calute/core/process/role-command';
import { z } from 'zod';

/** What a role tells the process that has started it; it has written a failure to standard error itself. */
const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    url: z.string().optional(),
    admin: z.string().optional(),
    needsKey: z.boolean().default(false),
    agents: z.array(z.string()).default([]),
  }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

/** What a role says of itself when it is up. */
export interface RoleFacts {
  /** Where it listens, if it does. */
  readonly url: string | undefined;
  /** Where its admin port listens, if it has one. */
  readonly admin?: string | undefined;
  /** Whether requests to it need a key. */
  readonly needsKey: boolean;
  /** The agents that it serves, those first that can be asked. */
  readonly agents: readonly string[];
}

/** How a process came up. */
export type RoleStart =
  | ({ readonly outcome: 'ready' } & RoleFacts)
  /** It has said why on standard error. */
  | { readonly outcome: 'failed' }
  /** It was gone before it said anything. */
  | { readonly outcome: 'ended'; readonly how: string };

export interface RoleProcess {
  readonly started: Promise<RoleStart>;
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** Asks it to finish what it holds and to end. */
  drain(): void;
  /** `retire` asks it to finish what it holds, however long that takes, and to end; `recall` takes that back. */
  send(word: 'retire' | 'recall'): void;
  kill(): void;
}

export interface RoleProgram {
  /** For people: `api`, `worker`. */
  readonly name: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts one API or worker process. */
export function spawnRole({ file, env }: RoleProgram): RoleProcess {
  const child = spawn(process.execPath, [...roleNodeOptions(env), file, checkedArgument], {
    env,
    // A process group of its own: Ctrl-C in a terminal must reach it through us alone, in the order of a drain.
    detached: process.platform !== 'win32',
    // Standard output is for our own few lines.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return {
    started: startOf(child, ended),
    ended,
    drain: () => drain(child),
    // One that is gone meanwhile is seen to end.
    send: (type) => child.connected && child.send({ type }, () => undefined),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function startOf(child: ChildProcess, ended: Promise<string>): Promise<RoleStart> {
  const { promise: told, resolve } = Promise.withResolvers<RoleStart>();
  child.on('message', (message) => {
    const parsed = messageSchema.safeParse(message);
    if (!parsed.success) return;
    if (parsed.data.type === 'failed') return resolve({ outcome: 'failed' });
    const { url, admin, needsKey, agents } = parsed.data;
    resolve({ outcome: 'ready', url, admin, needsKey, agents });
  });
  return Promise.race([told, ended.then((how) => ({ outcome: 'ended', how }) as const)]);
}

function drain(child: ChildProcess): void {
  // Windows has no SIGTERM to catch; a role takes the end of its channel as one.
  if (process.platform !== 'win32') child.kill('SIGTERM');
  else if (child.connected) child.disconnect();
}
