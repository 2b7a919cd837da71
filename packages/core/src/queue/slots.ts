/** For how many runs a worker has room at once, over all queues that it takes from. */
export interface Slots {
  readonly total: number;
  readonly used: number;
  /** One for each queue. */
  share(): SlotShare;
}

/** The slots as the consumer of one queue sees them. */
export interface SlotShare {
  /** How many it may take now: those that are free and kept for nobody else. */
  readonly free: number;
  /** Takes one, also when none is free. */
  take(): void;
  give(): void;
  /**
   * Resolves when it is its turn: a slot is free and kept for it for a moment. Turns come in the order in which they were asked for, so
   * that no queue is starved by a busier one.
   */
  turn(): Promise<void>;
}

/** As long as it takes to fetch a job, and a little more. */
const keptMs = 100;

export function createSlots(total: number): Slots {
  let used = 0;
  let shares = 0;
  const line = new Map<symbol, PromiseWithResolvers<void>>();
  const kept = new Map<symbol, NodeJS.Timeout>();
  const serve = () => {
    for (const [share, waiting] of line) {
      if (used + kept.size >= total) return;
      line.delete(share);
      if (shares > 1) keep(share);
      waiting.resolve();
    }
  };
  const letGo = (share: symbol) => {
    clearTimeout(kept.get(share));
    kept.delete(share);
  };
  const keep = (share: symbol) => {
    const lapse = () => {
      letGo(share);
      serve();
    };
    kept.set(share, setTimeout(lapse, keptMs));
  };
  const openShare = (): SlotShare => {
    const own = Symbol('share');
    shares += 1;
    return {
      get free() {
        return Math.max(0, total - used - kept.size + (kept.has(own) ? 1 : 0));
      },
      take() {
        used += 1;
        letGo(own);
      },
      give() {
        used -= 1;
        serve();
      },
      turn() {
        const waiting = line.get(own) ?? Promise.withResolvers<void>();
        line.set(own, waiting);
        serve();
        return waiting.promise;
      },
    };
  };
  return {
    total,
    get used() {
      return used;
    },
    share: openShare,
  };
}
