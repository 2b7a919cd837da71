import type { RunId } from '@calute/core/ids';
import type { Holder, Lease, Leases } from '@calute/core/run-store/lease/leases';
import type { RunReader } from '@calute/core/run-store/run-log';

/**
 * Why an attempt stops before its agent is done: another party has ended or taken the run, its deadline has passed, this
 * worker shuts down, or nobody listens any more.
 */
export type StopReason = 'fenced' | 'deadline' | 'drain' | 'no-subscribers';

export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The attempt was stopped: ${reason}.`);
    this.reason = reason;
  }
}

/** A run that this worker holds, or is about to. */
export interface HeldRun {
  readonly runId: RunId;
  /** Of its lease; undefined until it is claimed. */
  epoch?: number;
  readonly abort: AbortController;
  /** Told whether a process listens to the run. */
  presence?(hasSubscribers: boolean): void;
}

/** The runs that this worker holds: their leases are renewed together, and they can be stopped from outside. */
export interface HeldRuns {
  readonly size: number;
  has(runId: RunId): boolean;
  hold(run: HeldRun): void;
  release(run: HeldRun): void;
  /** Stops one run; without effect when it is not in hand. */
  stop(runId: string, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  /** Prolongs all leases; stops the runs that are lost. Throws CaluteError `store_unavailable`. */
  renew(leases: Pick<Leases, 'renew'>, holder: Holder): Promise<void>;
  /** Stops those that have ended meanwhile: for when the news of it may have been lost. */
  stopEnded(reader: RunReader): Promise<void>;
  /** Looks whether anybody listens: a run that writes nothing for a while does not notice by itself. */
  checkPresence(reader: RunReader): Promise<void>;
}

export function createHeldRuns(): HeldRuns {
  // Not a Map: a table that it has outgrown refers to the next one, and keeps later runs until a full collection.
  const held: HeldRun[] = [];
  const stop = (runId: string, reason: StopReason) => {
    for (const run of held) if (run.runId === runId) run.abort.abort(new AttemptStopped(reason));
  };
  return {
    get size() {
      return held.length;
    },
    has: (runId) => held.some((run) => run.runId === runId),
    hold: (run) => void held.push(run),
    release(run) {
      // Most leave in the order in which they came.
      const at = held.indexOf(run);
      if (at !== -1) held.splice(at, 1);
    },
    stop,
    stopAll(reason) {
      for (const { abort } of held.slice()) abort.abort(new AttemptStopped(reason));
    },
    async renew(leases, holder) {
      const own = held.flatMap(({ runId, epoch }): Lease[] =>
        epoch === undefined ? [] : [{ runId, epoch }],
      );
      const epochs = new Map(own.map(({ runId, epoch }) => [runId, epoch]));
      for (const runId of await leases.renew(holder, own)) {
        // It may have come back meanwhile.
        for (const run of held)
          if (run.runId === runId && run.epoch === epochs.get(runId)) stop(runId, 'fenced');
      }
    },
    async stopEnded(reader) {
      const runIds = held.map(({ runId }) => runId);
      const heads = await reader.heads(runIds);
      runIds.forEach((runId, index) => {
        if (heads[index]?.ended !== false) stop(runId, 'fenced');
      });
    },
    async checkPresence(reader) {
      const runs = held.filter(({ presence }) => presence !== undefined);
      if (runs.length === 0) return;
      const subscribed = await reader.hasSubscribers(runs.map(({ runId }) => runId));
      runs.forEach((run, index) => {
        run.presence?.(subscribed[index] ?? false);
      });
    },
  };
}
