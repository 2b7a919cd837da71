import type { Peer, PeerId, ProcessRole } from './peer.ts';
import { type ProcessUsage, readUsage } from './process-usage.ts';
import type { Sample } from './protocol.ts';
import type { Scenario, ScenarioId } from './scenarios.ts';
import { measureLoad } from './start-process.ts';

/** A peer in a scenario in one round. */
export interface Cell {
  readonly peer: PeerId;
  readonly scenario: ScenarioId;
  readonly sample: Sample;
  /** CPU time per right answer of each of its processes; empty where the system does not tell. */
  readonly cpuUs: Readonly<Partial<Record<ProcessRole, number>>>;
  readonly rssBytes: Readonly<Partial<Record<ProcessRole, number>>>;
}

/** Loads one peer for `ms` and reads what its processes have used. */
export async function measureCell(peer: Peer, scenario: Scenario, ms: number): Promise<Cell> {
  const { model, stream, concurrency } = scenario;
  const load = { model, stream, concurrency, until: { kind: 'time', ms } } as const;
  const before = await usageOf(peer);
  const sample = await measureLoad(peer.loader, { type: 'load', target: peer.target, load });
  const after = await usageOf(peer);
  // The calls that open the connections are answered too.
  const answered = sample.requests + sample.errors + concurrency;
  const cpuUs: Partial<Record<ProcessRole, number>> = {};
  const rssBytes: Partial<Record<ProcessRole, number>> = {};
  for (const [role, usage] of after) {
    const used = usage.cpuUs - (before.get(role)?.cpuUs ?? usage.cpuUs);
    cpuUs[role] = used / answered;
    rssBytes[role] = usage.rssBytes;
  }
  return { peer: peer.id, scenario: scenario.id, sample, cpuUs, rssBytes };
}

async function usageOf({ processes }: Peer): Promise<ReadonlyMap<ProcessRole, ProcessUsage>> {
  const usages = new Map<ProcessRole, ProcessUsage>();
  for (const { role, pid } of processes) {
    const usage = await readUsage(pid);
    if (usage !== undefined) usages.set(role, usage);
  }
  return usages;
}
