import { type KeepOptions, type KeptRole, keepRole } from './keep-role.ts';

/** The worker processes, as many as are asked for. */
export interface WorkerPool {
  /** Those that take runs; without those that drain. */
  readonly size: number;
  /** Starts workers, or drains those that were started last; returns the new ones. */
  resize(workers: number): readonly KeptRole[];
  /** Drains them all; resolves when they are gone. */
  drain(): Promise<void>;
  /** Ends them all at once. */
  kill(): void;
}

export function createWorkerPool(options: KeepOptions): WorkerPool {
  const serving: KeptRole[] = [];
  const alive = new Set<KeptRole>();
  const start = () => {
    const worker = keepRole(options);
    serving.push(worker);
    alive.add(worker);
    return worker;
  };
  const drain = async (worker: KeptRole) => {
    await worker.drain();
    alive.delete(worker);
  };
  return {
    get size() {
      return serving.length;
    },
    resize(workers) {
      const missing = Math.max(0, workers - serving.length);
      for (const worker of serving.splice(workers)) void drain(worker);
      return Array.from({ length: missing }, start);
    },
    async drain() {
      serving.length = 0;
      await Promise.all([...alive].map(drain));
    },
    kill() {
      for (const worker of alive) worker.kill();
    },
  };
}
