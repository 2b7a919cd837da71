/** Lets all who wait go on at once, each time it is opened. */
export interface Gate {
  wait(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  // Made by the first who waits: most gates are opened far more often than anybody waits at them.
  let next: PromiseWithResolvers<void> | undefined;
  return {
    wait() {
      next ??= Promise.withResolvers();
      return next.promise;
    },
    open() {
      next?.resolve();
      next = undefined;
    },
  };
}
