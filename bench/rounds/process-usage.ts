import { readFile } from 'node:fs/promises';

/** What a process has used so far. */
export interface ProcessUsage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** Of the kernel's clock that user space sees; 100 a second on every architecture that Node runs on. */
const tickUs = 10_000;

/** Undefined on systems without /proc and for a process that is gone. */
export async function readUsage(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    return { cpuUs: parseCpuTicks(stat) * tickUs, rssBytes: parseRssBytes(status) };
  } catch {
    return undefined;
  }
}

/** utime and stime, the 14th and 15th field; the second field may hold spaces and parentheses. */
export function parseCpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** The line `VmRSS:   1234 kB`. */
export function parseRssBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
