import { measureUse, type Use } from './measure-use.ts';
import type { Peer, PeerId } from './peer.ts';
import { usualLoad } from './protocol.ts';
import type { Scenario, ScenarioId } from './scenarios.ts';

/** A peer in a scenario in one round. */
export interface Cell extends Use {
  readonly peer: PeerId;
  readonly scenario: ScenarioId;
}

/** Loads one peer for `ms` and reads what its processes have used. */
export async function measureCell(peer: Peer, scenario: Scenario, ms: number): Promise<Cell> {
  const { id, model, stream, concurrency } = scenario;
  const load = { ...usualLoad, model, stream, concurrency, until: { kind: 'time', ms } } as const;
  return { peer: peer.id, scenario: id, ...(await measureUse(peer, load)) };
}
