import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const everyMs = 50;

export interface MemoryWatch {
  /** Stops watching: the most that the process held, in bytes. */
  stop(): Promise<number>;
}

/** Looks at the resident memory of a process again and again. */
export function watchMemory(pid: number): MemoryWatch {
  const stopping = new AbortController();
  let peak = 0;
  const look = async () => {
    while (!stopping.signal.aborted) {
      peak = Math.max(peak, await readMemory(pid));
      await wait(everyMs);
    }
  };
  const looking = look();
  return {
    async stop() {
      stopping.abort();
      await looking;
      return peak;
    },
  };
}

export async function readMemory(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', `${pid}`]);
  return Number(stdout) * 1024;
}
