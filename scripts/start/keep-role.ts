import { setTimeout as wait } from 'node:timers/promises';
import { type RoleProcess, type RoleProgram, type RoleStart, spawnRole } from './spawn-role.ts';

/** A role that is started again whenever its process ends. */
export interface KeptRole {
  /** How its first process came up. */
  readonly started: Promise<RoleStart>;
  /** Whether its process is there and ready. */
  readonly isUp: boolean;
  /** Where its admin port listens, while it is up and has one. */
  readonly admin: string | undefined;
  /** Lets it finish what it holds within its own bound; resolves when it is gone. Idempotent. */
  drain(): Promise<void>;
  /** Lets it finish what it holds, however long that takes; resolves when it is gone, or called back. */
  retire(): Promise<void>;
  /** Takes back one that retires; false when it is gone already. */
  recall(): boolean;
  /** Ends it at once. */
  kill(): void;
}

export interface KeepOptions {
  readonly program: RoleProgram;
  readonly report: (line: string) => void;
  /** Whether it is given up when its first process does not get ready. @defaultValue false: it is tried again */
  readonly mustStart?: boolean;
  /** Waits between two tries: the first one, and the longest. @defaultValue 100 and 30_000 */
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

/** A process that ran for so long has not failed at its start. */
const steadyMs = 10_000;

/** Starts a role and keeps it running until it is drained, retired or killed. */
export function keepRole(options: KeepOptions): KeptRole {
  return new Keeper(options);
}

class Keeper implements KeptRole {
  readonly started: Promise<RoleStart>;
  readonly #options: KeepOptions;
  readonly #kept: Promise<void>;
  #current: RoleProcess;
  #facts: Extract<RoleStart, { outcome: 'ready' }> | undefined;
  /** Aborts when no further process is to be started. */
  #ending = new AbortController();
  #isGone = false;
  #onRecall: (() => void) | undefined;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#current = spawnRole(options.program);
    this.started = this.#current.started;
    this.#kept = this.#keep().finally(() => {
      this.#isGone = true;
    });
  }

  get isUp(): boolean {
    return this.#facts !== undefined;
  }

  get admin(): string | undefined {
    return this.#facts?.admin;
  }

  async drain(): Promise<void> {
    this.#ending.abort();
    this.#current.drain();
    await this.#kept;
  }

  async retire(): Promise<void> {
    const recalled = Promise.withResolvers<void>();
    this.#onRecall = recalled.resolve;
    this.#ending.abort();
    // One that is not up yet holds nothing.
    if (this.isUp) this.#current.send('retire');
    else this.#current.drain();
    await Promise.race([this.#kept, recalled.promise]);
  }

  recall(): boolean {
    if (this.#isGone || !this.isUp || this.#onRecall === undefined) return false;
    this.#ending = new AbortController();
    this.#current.send('recall');
    this.#onRecall();
    this.#onRecall = undefined;
    return true;
  }

  kill(): void {
    this.#ending.abort();
    this.#current.kill();
  }

  async #keep(): Promise<void> {
    const { program, report, mustStart = false, backoff = { firstMs: 100, maxMs: 30_000 } } = this.#options;
    let delayMs = backoff.firstMs;
    for (let isFirst = true; ; isFirst = false) {
      const since = performance.now();
      const how = await this.#awaitEnd();
      if (this.#ending.signal.aborted || (isFirst && mustStart && how.wasReady === false)) return;
      if (performance.now() - since > steadyMs) delayMs = backoff.firstMs;
      report(`calute: the ${program.name} ended (${how.how}); it is started again`);
      await wait(delayMs, undefined, { signal: this.#ending.signal }).catch(() => undefined); // because the next line looks
      if (this.#ending.signal.aborted) return;
      this.#current = spawnRole(program);
      delayMs = Math.min(2 * delayMs, backoff.maxMs);
    }
  }

  async #awaitEnd(): Promise<{ readonly how: string; readonly wasReady: boolean }> {
    const start = await this.#current.started;
    this.#facts = start.outcome === 'ready' ? start : undefined;
    const how = await this.#current.ended;
    this.#facts = undefined;
    return { how, wasReady: start.outcome === 'ready' };
  }
}
