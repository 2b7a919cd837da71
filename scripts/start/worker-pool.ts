import { type KeepOptions, type KeptRole, keepRole } from './keep-role.ts';

/** The worker processes, as many as are asked for. */
export interface WorkerPool {
  /** Those that take runs, or are on their way to it; without those that retire. */
  readonly size: number;
  /** Those of them that are up. */
  readonly up: number;
  /** Those that finish what they hold and are not needed any more. */
  readonly retiring: number;
  /** Where the admin ports of all that are up listen. */
  readonly admins: readonly string[];
  /** Calls workers back that retire, then starts further ones; or retires those that were started last. Returns the new ones. */
  resize(workers: number): readonly KeptRole[];
  /** Drains them all; resolves when they are gone. */
  drain(): Promise<void>;
  /** Ends them all at once. */
  kill(): void;
}

/** How a worker is started; tests put another in its place. */
export type StartWorker = (options: KeepOptions) => KeptRole;

export function createWorkerPool(
  options: Omit<KeepOptions, 'mustStart'>,
  start: StartWorker = keepRole,
): WorkerPool {
  const serving: KeptRole[] = [];
  const retiring: KeptRole[] = [];
  // Those of the first call: a program that cannot start at all is not tried again for ever.
  let mustStart = true;
  const recallOne = () => {
    for (let last = retiring.pop(); last !== undefined; last = retiring.pop())
      if (last.recall()) return void serving.push(last);
  };
  const retire = async (worker: KeptRole) => {
    retiring.push(worker);
    await worker.retire();
    const at = retiring.indexOf(worker);
    if (at !== -1) retiring.splice(at, 1);
  };
  return {
    get size() {
      return serving.length;
    },
    get up() {
      return serving.filter(({ isUp }) => isUp).length;
    },
    get retiring() {
      return retiring.length;
    },
    get admins() {
      return [...serving, ...retiring].flatMap(({ admin }) => admin ?? []);
    },
    resize(workers) {
      while (serving.length < workers && retiring.length > 0) recallOne();
      const fresh = Array.from({ length: Math.max(0, workers - serving.length) }, () =>
        start({ ...options, mustStart }),
      );
      serving.push(...fresh);
      mustStart = false;
      // One that is not up holds nothing.
      serving.sort((a, b) => Number(b.isUp) - Number(a.isUp));
      for (const worker of serving.splice(workers)) void retire(worker);
      return fresh;
    },
    async drain() {
      // They stay where a kill finds them.
      retiring.push(...serving.splice(0));
      await Promise.all(retiring.map((worker) => worker.drain()));
    },
    kill() {
      for (const worker of [...serving, ...retiring]) worker.kill();
    },
  };
}
