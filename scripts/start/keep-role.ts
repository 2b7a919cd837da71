import { setTimeout as wait } from 'node:timers/promises';
import { type RoleProcess, type RoleProgram, type RoleStart, spawnRole } from './spawn-role.ts';

/** A role that is started again whenever its process ends. */
export interface KeptRole {
  /** How its first process came up; one that did not is not started again. */
  readonly started: Promise<RoleStart>;
  /** Lets it finish what it holds; resolves when it is gone. Idempotent. */
  drain(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface KeepOptions {
  readonly program: RoleProgram;
  readonly report: (line: string) => void;
  /** Waits between two tries: the first one, and the longest. @defaultValue 100 and 2000 */
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

/** A process that ran for so long has not failed at its start. */
const steadyMs = 10_000;

/** Starts a role and keeps it running until it is drained or killed. */
export function keepRole({
  program,
  report,
  backoff = { firstMs: 100, maxMs: 2000 },
}: KeepOptions): KeptRole {
  const stopping = new AbortController();
  const first = spawnRole(program);
  let current = first;
  const kept = keep();
  return {
    started: first.started,
    async drain() {
      stopping.abort();
      current.drain();
      await kept;
    },
    kill() {
      stopping.abort();
      current.kill();
    },
  };

  async function keep(): Promise<void> {
    let delayMs = backoff.firstMs;
    if (!(await isUp(first))) return;
    while (true) {
      const since = performance.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      report(`calute: the ${program.name} ended (${how}); it is started again`);
      delayMs = performance.now() - since > steadyMs ? backoff.firstMs : delayMs;
      await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined); // because the next line looks
      if (stopping.signal.aborted) return;
      current = spawnRole(program);
      delayMs = Math.min(2 * delayMs, backoff.maxMs);
    }
  }
}

async function isUp(role: RoleProcess): Promise<boolean> {
  const { outcome } = await role.started;
  if (outcome !== 'ready') await role.ended;
  return outcome === 'ready';
}
