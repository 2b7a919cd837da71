import { type Cell, measureCell } from './measure-cell.ts';
import { type Peer, peerTitles } from './peer.ts';
import { usualLoad } from './protocol.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';
import type { BenchSettings } from './settings.ts';
import { measureLoad } from './start-process.ts';

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

function takesPart({ scenarios }: Peer, { id }: Scenario): boolean {
  return scenarios === undefined || scenarios.includes(id);
}
