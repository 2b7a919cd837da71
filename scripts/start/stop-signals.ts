import type { EventEmitter } from 'node:events';

/** How the user wants it to end. */
export interface StopSignals {
  /** Aborts at the first Ctrl-C, SIGTERM or end of the parent: drain. */
  readonly stop: AbortSignal;
  /** Aborts at a second one: end at once. */
  readonly force: AbortSignal;
}

/** Signals closer together than this are one Ctrl-C, which the terminal and npm both deliver. */
const sameSignalMs = 1000;

/** Listens to the process until it ends. */
export function watchStopSignals(
  source: EventEmitter = process,
  now: () => number = () => performance.now(),
): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  let firstAt: number | undefined;
  const onSignal = () => {
    firstAt ??= now();
    stop.abort();
    if (now() - firstAt > sameSignalMs) force.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, onSignal);
  source.on('disconnect', onSignal);
  return { stop: stop.signal, force: force.signal };
}
