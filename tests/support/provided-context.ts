declare module 'vitest' {
  interface ProvidedContext {
    /** A real Redis that all tests of a run share: use a random prefix, and never flush it. */
    redisUrl: string;
    /** As `REDIS_PARTITIONS` has it. */
    partitions: string;
  }
}

export {};
