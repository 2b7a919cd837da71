import { measureLoad } from '../ground/start-process.ts';
import type { Peer, ProcessRole } from '../peers/peer.ts';
import type { Load, Sample } from '../processes/protocol.ts';
import { type ProcessUsage, readUsage } from './process-usage.ts';

/** A figure for each role of a peer's processes, replicas summed; a role whose use the system does not tell is absent. */
export type ByRole = Readonly<Partial<Record<ProcessRole, number>>>;

/** A stretch of load on a peer. */
export interface Use {
  readonly sample: Sample;
  /** CPU time per answer. */
  readonly cpuUs: ByRole;
  readonly rssBytes: ByRole;
}

/** Loads one peer and reads what its processes have used. */
export async function measureUse({ loader, target, processes }: Peer, load: Load): Promise<Use> {
  const before = await usageOf(processes);
  const sample = await measureLoad(loader, { type: 'load', target, load });
  const after = await usageOf(processes);
  // The calls that open the connections are answered too.
  const answered = sample.requests + sample.errors + load.concurrency;
  const cpuUs: Partial<Record<ProcessRole, number>> = {};
  const rssBytes: Partial<Record<ProcessRole, number>> = {};
  for (const [role, usage] of after) {
    const used = usage.cpuUs - (before.get(role)?.cpuUs ?? usage.cpuUs);
    cpuUs[role] = used / answered;
    rssBytes[role] = usage.rssBytes;
  }
  return { sample, cpuUs, rssBytes };
}

/** What the processes of each role have used so far. */
export async function usageOf(processes: Peer['processes']): Promise<ReadonlyMap<ProcessRole, ProcessUsage>> {
  const usages = new Map<ProcessRole, ProcessUsage>();
  for (const { role, pid } of processes) {
    const usage = await readUsage(pid);
    if (usage === undefined) continue;
    const { cpuUs, rssBytes } = usages.get(role) ?? { cpuUs: 0, rssBytes: 0 };
    usages.set(role, { cpuUs: cpuUs + usage.cpuUs, rssBytes: rssBytes + usage.rssBytes });
  }
  return usages;
}
