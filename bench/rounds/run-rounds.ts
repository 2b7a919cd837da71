import { measureLoad } from '../ground/start-process.ts';
import { type Peer, type PeerId, peerTitles } from '../peers/peer.ts';
import { usualLoad } from '../processes/protocol.ts';
import type { BenchSettings } from '../settings.ts';
import { measureUse, type Use } from './measure-use.ts';
import { type Scenario, type ScenarioId, scenariosOf } from './scenarios.ts';

/** A peer in a scenario in one round. */
export interface Cell extends Use {
  readonly peer: PeerId;
  readonly scenario: ScenarioId;
}

/** Warms every peer up; gives how many requests the least warmed one has answered. */
export async function warmUp(
  peers: readonly Peer[],
  { warmUp: { requests, maxMs } }: BenchSettings,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const { id, loader, target } of peers) {
    let answered = 0;
    for (const stream of [true, false]) {
      const until = { kind: 'count', requests: requests / 2, maxMs: maxMs / 2 } as const;
      const load = { ...usualLoad, stream, until };
      const sample = await measureLoad(loader, { type: 'load', target, load });
      if (sample.firstError !== undefined) process.stderr.write(`${peerTitles[id]}: ${sample.firstError}\n`);
      answered += sample.requests;
    }
    least = Math.min(least, answered);
  }
  return least;
}

/** Every peer in every scenario, one after the other and all of them in each round. */
export async function runRounds(
  peers: readonly Peer[],
  { mode, rounds, cellMs }: BenchSettings,
): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (const scenario of scenariosOf(mode)) {
      for (const peer of turned(peers, round).filter((one) => takesPart(one, scenario))) {
        cells.push(await measureCell(peer, scenario, cellMs));
      }
    }
  }
  return cells;
}

/** Another one begins in each round, so that none always follows the same. */
export function turned<One>(peers: readonly One[], by: number): readonly One[] {
  const first = by % peers.length;
  return [...peers.slice(first), ...peers.slice(0, first)];
}

async function measureCell(peer: Peer, scenario: Scenario, ms: number): Promise<Cell> {
  const { id, model, stream, concurrency } = scenario;
  const load = { ...usualLoad, model, stream, concurrency, until: { kind: 'time', ms } } as const;
  return { peer: peer.id, scenario: id, ...(await measureUse(peer, load)) };
}

function takesPart({ scenarios }: Peer, { id }: Scenario): boolean {
  return scenarios === undefined || scenarios.includes(id);
}
