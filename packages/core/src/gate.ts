/** Lets all who wait go on at once, each time it is opened. */
export interface Gate {
  wait(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  // Made only when somebody waits: a gate is opened far more often than it is waited for.
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
