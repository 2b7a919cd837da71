/** A task that is repeated until it is stopped. */
export interface Periodic {
  /** Resolves when the round in hand is over. */
  stop(): Promise<void>;
}

export interface PeriodicOptions {
  readonly everyMs: number;
  /** May give another pause before the next round. */
  round(): Promise<void> | Promise<number>;
  onError(error: unknown): void;
}

/** Runs `round` again and again, one at a time, with a pause of `everyMs` between two. A round that fails is reported. */
export function startPeriodic({ everyMs, round, onError }: PeriodicOptions): Periodic {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let current = Promise.resolve();
  const turn = async () => {
    let pauseMs = everyMs;
    try {
      pauseMs = (await round()) ?? everyMs;
    } catch (error) {
      onError(error);
    }
    if (!stopped) timer = setTimeout(start, pauseMs);
  };
  const start = () => {
    current = turn();
  };
  timer = setTimeout(start, everyMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
