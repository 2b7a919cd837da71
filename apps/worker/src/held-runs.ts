import type { RunId } from '@calute/core/ids';
import type { RunReader } from '@calute/core/log/run-log';

/**
 * Why an attempt stops before its agent is done: another party has ended or taken the run, its deadline has passed, this
 * worker shuts down, or nobody listens any more.
 */
export type StopReason = 'fenced' | 'deadline' | 'drain' | 'unheard';

export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The attempt was stopped: ${reason}.`);
    this.reason = reason;
  }
}

/** An attempt that is under way. */
export interface HeldRun {
  readonly abort: AbortController;
  /** Told whether a process listens to the run. */
  hear(heard: boolean): void;
}

/** The runs that this worker has in hand, so that they can be stopped from outside. */
export interface HeldRuns {
  hold(runId: RunId, held: HeldRun): void;
  release(runId: RunId, held: HeldRun): void;
  /** Stops one run; without effect when it is not in hand. */
  stop(runId: string, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  /** Stops those that have ended meanwhile: for when the news of it may have been lost. */
  stopEnded(reader: RunReader): Promise<void>;
  /** Looks whether anybody listens: a run that writes nothing for a while does not notice by itself. */
  listen(reader: RunReader): Promise<void>;
}

interface Holding {
  readonly runId: RunId;
  readonly run: HeldRun;
}

export function createHeldRuns(): HeldRuns {
  // Not a Map: a table that it has outgrown refers to the next one, and keeps later runs until a full collection.
  const held: Holding[] = [];
  const stop = (runId: string, reason: StopReason) => {
    for (const one of held) if (one.runId === runId) one.run.abort.abort(new AttemptStopped(reason));
  };
  return {
    hold: (runId, run) => void held.push({ runId, run }),
    release(_, run) {
      // Most leave in the order in which they came.
      const at = held.findIndex((one) => one.run === run);
      if (at !== -1) held.splice(at, 1);
    },
    stop,
    stopAll(reason) {
      for (const { run } of held.slice()) run.abort.abort(new AttemptStopped(reason));
    },
    async stopEnded(reader) {
      const runIds = held.map(({ runId }) => runId);
      const heads = await reader.heads(runIds);
      runIds.forEach((runId, index) => {
        if (heads[index]?.ended !== false) stop(runId, 'fenced');
      });
    },
    async listen(reader) {
      const runs = held.slice();
      if (runs.length === 0) return;
      const heard = await reader.heard(runs.map(({ runId }) => runId));
      runs.forEach(({ run }, index) => {
        run.hear(heard[index] ?? false);
      });
    },
  };
}
