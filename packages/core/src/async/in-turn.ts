/** Runs tasks, as many at once as `most` says; the others wait in their order. */
export function createInTurn(most: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      // Whoever waits first takes the place that becomes free.
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
