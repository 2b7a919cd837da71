import { StartError } from './start-error.ts';

/** A process role that is up. */
export interface RunningRole {
  /** Where it listens, if it does. */
  readonly url?: string;
  /** Whether requests need a key, if it takes any. */
  readonly needsKey?: boolean;
  /** The agents that it serves, those first that can be asked without a provider, then with one. */
  readonly agents?: readonly string[];
  /** Resolves with the reason when the role finds that it cannot go on and should be restarted. */
  readonly failed?: Promise<Error>;
  /** Ends what is in hand within the role's own bound; called once. */
  stop(): Promise<void>;
}

/** Two signals closer together than this are one Ctrl-C, delivered by the terminal and by npm. */
const sameSignalMs = 1000;

/**
 * Runs a role until SIGTERM, SIGINT or the end of the parent that forked it; then stops it and exits 0. A second signal
 * exits 1 at once. A role that cannot start, or cannot go on, says why in one sentence and exits 1.
 */
export async function runRole(start: () => Promise<RunningRole>): Promise<void> {
  const stopping = watchSignals();
  try {
    const role = await start();
    const { url, needsKey, agents } = role;
    tellParent({ type: 'ready', url, needsKey, agents });
    const failure = await Promise.race([stopping, ...(role.failed ? [role.failed] : [])]);
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

function tellParent(message: Readonly<Record<string, unknown>>): void {
  if (process.connected) process.send?.(message);
}

/** What the operator can mend is a sentence; anything else is a bug and needs its stack. */
function describe(error: unknown): string {
  if (error instanceof StartError) return `calute: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
