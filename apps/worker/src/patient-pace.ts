import { busyLoad, type LoopLoad } from '@calute/core/async/loop-load';
import type { RunClass } from '@calute/core/run-store/backlog/place';

export interface PatientPaceParts {
  /** Of the event loop of this process. */
  readonly load: LoopLoad;
  /** Of any clock that never goes back, in ms. */
  now(): number;
}

/**
 * Lets runs that nobody waits for begin only while those that somebody waits for are not held up: freely up to a low load, one each
 * 20 ms above it, and where the loop has hardly any rest only while fewer than two of them are under way. Alone they begin freely, but
 * a loop without rest is done no sooner with more than some of them: what they hold would only be looked through again and again.
 */
export interface PatientPace {
  /** Resolves when a run of this class may begin, or `signal` aborts. Dispose what it gives when the run is over. */
  begin(runClass: RunClass, signal: AbortSignal): Promise<Disposable>;
}

/** After the last run that somebody waits for there is nothing to hold up. */
const liveMs = 2000;
/** Up to this load of the loop nobody notices what else it does. */
const restedLoad = 0.25;
/** Of the patient ones, however busy the loop is: beside others, and alone. */
const always = { beside: 2, alone: 24 };
const lookEveryMs = 20;

export function createPatientPace({ load, now }: PatientPaceParts): PatientPace {
  const waiting = new Set<() => void>();
  let liveAt = Number.NEGATIVE_INFINITY;
  let active = 0;
  let isLooking = false;
  const isAlone = () => now() - liveAt > liveMs;
  const mayBeginFreely = () => {
    if (isAlone()) return active < always.alone || load() <= busyLoad;
    return load() <= restedLoad;
  };
  const look = () => {
    isLooking = false;
    const [next] = waiting;
    const mayBegin = () => mayBeginFreely() || active < always.beside || load() <= busyLoad;
    if (next !== undefined && mayBegin()) next();
    lookLater();
  };
  const lookLater = () => {
    if (waiting.size === 0 || isLooking) return;
    isLooking = true;
    setTimeout(look, lookEveryMs);
  };
  const running: Disposable = {
    [Symbol.dispose]() {
      active -= 1;
      const [next] = waiting;
      if (next !== undefined && mayBeginFreely()) next();
    },
  };
  /** Resolves when it is counted as running. */
  const takeTurn = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begin = () => {
      if (!waiting.delete(begin)) return;
      active += 1;
      resolve();
    };
    waiting.add(begin);
    signal.addEventListener('abort', begin, { once: true });
    if (signal.aborted || (waiting.size === 1 && mayBeginFreely())) begin();
    lookLater();
    return promise;
  };
  return {
    async begin(runClass, signal) {
      if (runClass === 'batch' || runClass === 'flex') {
        await takeTurn(signal);
        return running;
      }
      liveAt = now();
      return { [Symbol.dispose]: () => undefined };
    },
  };
}
