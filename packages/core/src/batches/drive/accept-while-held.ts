import type { RunLog } from '../../run-store/run-log.ts';

/** A batch in the hands of this process, by `performance.now()`. */
export interface Lease {
  untilMs: number;
}

/**
 * The log for the lines of a batch. It accepts no run once the batch may be another process's, however late the store gets to it: that
 * process may have closed the line, or written its result and let its run go.
 */
export function acceptWhileHeld<Log extends Pick<RunLog, 'accept'>>(log: Log, lease: Readonly<Lease>) {
  const underWay = new Set<Promise<unknown>>();
  const accept: RunLog['accept'] = async (run) => {
    const accepted = log.accept({ ...run, acceptBefore: lease.untilMs });
    underWay.add(accepted);
    try {
      return await accepted;
    } finally {
      underWay.delete(accepted);
    }
  };
  return {
    log: { ...log, accept },
    /** Waits for what is under way, which it has to before the batch is given back. */
    settle: () => Promise.allSettled(underWay),
  };
}
