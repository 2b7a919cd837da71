import type { PeerId } from '../peers/peer.ts';
import type { Cell } from '../rounds/run-rounds.ts';
import type { ScenarioId } from '../rounds/scenarios.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { figuresOfUses, type UseFigures } from './use-figures.ts';

/** The rounds of one peer in one scenario. A figure that was not measured is absent. */
export interface Figures extends UseFigures {
  readonly peer: PeerId;
  readonly scenario: ScenarioId;
  /** Beyond that of the upstream in the same round. */
  readonly addedTtftP50Ms?: Spread;
}

/** Sums the rounds up; the cells stand in the order in which they were measured. */
export function summarize(cells: readonly Cell[]): readonly Figures[] {
  const groups = Map.groupBy(cells, ({ peer, scenario }) => `${peer} ${scenario}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const direct = cells.filter(({ peer, scenario }) => peer === 'direct' && scenario === first.scenario);
    return [figuresOf(first, group, direct)];
  });
}

function figuresOf({ peer, scenario }: Cell, rounds: readonly Cell[], direct: readonly Cell[]): Figures {
  const addedTtftP50Ms = spreadOf(
    rounds.map(({ sample }, round) => sample.ttftMs.p50 - (direct[round]?.sample.ttftMs.p50 ?? Number.NaN)),
  );
  const figures = { peer, scenario, ...figuresOfUses(rounds) };
  return addedTtftP50Ms === undefined ? figures : { ...figures, addedTtftP50Ms };
}
