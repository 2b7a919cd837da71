export interface WatchdogParts {
  /** What waits in the queue and may be taken. */
  waiting(): Promise<number>;
  /** Runs that this worker has taken so far. */
  taken(): number;
  /** Whether this worker could take another one. */
  hasRoom(): boolean;
  readonly now: () => number;
  /** How long it may go on like that. */
  readonly wedgedAfterMs: number;
}

export type WatchdogVerdict = 'fine' | 'wedged';

/**
 * Notices a worker that is up but takes nothing: at every look work waits and there is room, and since the first of
 * these looks no run was taken. Throws what `waiting` throws; such a look says nothing.
 */
export function createWatchdog({ waiting, taken, hasRoom, now, wedgedAfterMs }: WatchdogParts) {
  let idle: { readonly taken: number; readonly sinceMs: number } | undefined;
  return async function look(): Promise<WatchdogVerdict> {
    if ((await waiting()) === 0 || !hasRoom()) {
      idle = undefined;
      return 'fine';
    }
    if (idle?.taken !== taken()) idle = { taken: taken(), sinceMs: now() };
    return now() - idle.sinceMs >= wedgedAfterMs ? 'wedged' : 'fine';
  };
}
