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

/** The runs that this worker has in hand, so that they can be stopped from outside. */
export interface HeldRuns {
  hold(runId: RunId, abort: AbortController): void;
  release(runId: RunId, abort: AbortController): void;
  /** Stops one run; without effect when it is not in hand. */
  stop(runId: string, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  /** Stops those that have ended meanwhile: for when the news of it may have been lost. */
  stopEnded(reader: RunReader): Promise<void>;
}

export function createHeldRuns(): HeldRuns {
  const held = new Map<string, AbortController>();
  const stop = (runId: string, reason: StopReason) => held.get(runId)?.abort(new AttemptStopped(reason));
  return {
    hold: (runId, abort) => void held.set(runId, abort),
    release(runId, abort) {
      if (held.get(runId) === abort) held.delete(runId);
    },
    stop,
    stopAll(reason) {
      for (const runId of held.keys()) stop(runId, reason);
    },
    async stopEnded(reader) {
      const runIds = [...held.keys()] as RunId[]; // because only `hold` adds keys
      const heads = await reader.heads(runIds);
      runIds.forEach((runId, index) => {
        if (heads[index]?.ended !== false) stop(runId, 'fenced');
      });
    },
  };
}
