import { boundGarbage } from './bound-garbage.ts';
import { StartError } from './start-error.ts';

/** A process role that is up. */
export interface RunningRole {
  /** Where it listens, if it does. */
  readonly url?: string;
  /** Where its admin port listens, if it does. */
  readonly admin?: string;
  /** Whether requests need a key, if it takes any. */
  readonly needsKey?: boolean;
  /** The agents that it serves, those first that can be asked without a provider, then with one. */
  readonly agents?: readonly string[];
  /** Resolves with the reason when the role finds that it cannot go on and should be restarted. */
  readonly failed?: Promise<Error>;
  /**
   * Takes nothing further and lets what is in hand go on, for as long as that takes: `idle` when it is done and the role may be
   * stopped, `recalled` when `recall` came first.
   */
  retire?(): Promise<'idle' | 'recalled'>;
  /** Takes runs again after `retire`. */
  recall?(): void;
  /** Ends what is in hand within the role's own bound; called once. */
  stop(): Promise<void>;
}

/** Two signals closer together than this are one Ctrl-C, delivered by the terminal and by npm. */
const sameSignalMs = 1000;

/**
 * Runs a role until SIGTERM, SIGINT or the end of the parent that forked it; then stops it and exits 0. A second signal
 * exits 1 at once. A role that cannot start, or cannot go on, says why in one sentence and exits 1. The parent may also send
 * `{"type":"retire"}`: the role finishes what it holds, without a bound, and ends then, unless `{"type":"recall"}` comes before.
 */
export async function runRole(start: () => Promise<RunningRole>): Promise<void> {
  const stopping = watchSignals();
  boundGarbage();
  try {
    const role = await start();
    const { url, admin, needsKey, agents } = role;
    const retired = watchRetirement(role);
    tellParent({ type: 'ready', url, admin, needsKey, agents });
    const failure = await Promise.race([stopping, retired, ...(role.failed ? [role.failed] : [])]);
    if (failure) throw failure;
    await role.stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    tellParent({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

function watchSignals(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const stop = () => {
    if (firstAt === undefined) firstAt = performance.now();
    else if (performance.now() - firstAt > sameSignalMs) process.exit(1);
    resolve();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  return promise;
}

/** Resolves when the parent wanted the role to retire and it holds nothing any more. */
function watchRetirement({ retire, recall }: RunningRole): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.on('message', (message) => {
    const type =
      typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
    if (type === 'recall') recall?.();
    if (type === 'retire') retire?.().then((end) => end === 'idle' && resolve(), reject);
  });
  return promise;
}

function tellParent(message: Readonly<Record<string, unknown>>): void {
  if (process.connected) process.send?.(message);
}

/** What the operator can mend is a sentence; anything else is a bug and needs its stack. */
function describe(error: unknown): string {
  if (error instanceof StartError) return `calute: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
