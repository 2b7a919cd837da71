/** Lets all who wait go on at once, each time it is opened. */
export interface Gate {
  wait(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let next = Promise.withResolvers<void>();
  return {
    wait: () => next.promise,
    open() {
      next.resolve();
      next = Promise.withResolvers();
    },
  };
}
