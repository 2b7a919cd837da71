import type { PeerId } from '../peers/peer.ts';
import type { ScenarioId } from '../rounds/scenarios.ts';
import type { Figures } from './figures.ts';
import type { Spread } from './statistics.ts';

type FigureName = 'requestsPerSecond' | 'addedTtftP50Ms' | 'ttftP50Ms' | 'cpuUs';

interface Goal {
  readonly title: string;
  readonly figure: FigureName;
  readonly scenario: ScenarioId;
  readonly against: PeerId;
  /** Whether the ratio has to reach the goal or to stay within it. */
  readonly kind: 'at-least' | 'at-most';
  readonly goal: number;
  readonly stretch: number;
}

const streaming = {
  title: 'streaming requests/s, c=32',
  figure: 'requestsPerSecond',
  scenario: 'burst-32',
  kind: 'at-least',
} as const;
const added = {
  title: 'TTFT added to the upstream, c=1',
  figure: 'addedTtftP50Ms',
  scenario: 'burst-1',
  kind: 'at-most',
} as const;

const whole = {
  title: 'not streaming requests/s, c=32',
  figure: 'requestsPerSecond',
  scenario: 'whole-32',
  kind: 'at-least',
} as const;
const cpu = {
  title: 'CPU per streaming request, Redis included, c=32',
  figure: 'cpuUs',
  scenario: 'burst-32',
  kind: 'at-most',
} as const;
const paced = {
  title: 'TTFT p50, a token per 10 ms, c=32',
  figure: 'ttftP50Ms',
  scenario: 'paced-32',
  kind: 'at-most',
} as const;

/** What this design ought to reach, as ratios of Calute to a peer in the same run. */
const goals: readonly Goal[] = [
  { ...streaming, against: 'bullmq', goal: 0.6, stretch: 0.75 },
  { ...streaming, against: 'tutorial', goal: 7, stretch: 10 },
  { ...streaming, against: 'portkey', goal: 2.4, stretch: 3 },
  { ...streaming, against: 'relay-fetch', goal: 0.6, stretch: 1 },
  { ...whole, against: 'relay-fetch', goal: 0.7, stretch: 1 },
  { ...added, against: 'relay-fetch', goal: 3, stretch: 2.6 },
  { ...added, against: 'tutorial', goal: 0.27, stretch: 0.22 },
  { ...cpu, against: 'tutorial', goal: 0.12, stretch: 0.1 },
  { ...paced, against: 'relay-fetch', goal: 1.5, stretch: 1.2 },
];

/** A goal with what this run has shown. */
export interface GoalResult extends Goal {
  /** Undefined when one of both was not measured. */
  readonly ratio: number | undefined;
  readonly outcome: 'stretch' | 'reached' | 'missed' | 'not-measured';
}

export function judgeGoals(figures: readonly Figures[]): readonly GoalResult[] {
  return goals.map((goal) => {
    const ratio = ratioOf(figures, goal, { of: 'calute', to: goal.against });
    return { ...goal, ratio, outcome: outcomeOf(goal, ratio) };
  });
}

function outcomeOf({ kind, goal, stretch }: Goal, ratio: number | undefined): GoalResult['outcome'] {
  if (ratio === undefined) return 'not-measured';
  const holds = (bound: number) => (kind === 'at-least' ? ratio >= bound : ratio <= bound);
  if (holds(stretch)) return 'stretch';
  return holds(goal) ? 'reached' : 'missed';
}

/** One peer's median over another's; undefined when one of both was not measured or has made mistakes. */
export function ratioOf(
  figures: readonly Figures[],
  { figure, scenario }: { readonly figure: FigureName; readonly scenario: ScenarioId },
  { of, to }: { readonly of: PeerId; readonly to: PeerId },
): number | undefined {
  const medianOf = (peer: PeerId) => {
    const found = figures.find((one) => one.peer === peer && one.scenario === scenario);
    const spread: Spread | undefined = found?.errors === 0 ? found[figure] : undefined;
    return spread?.median;
  };
  const above = medianOf(of);
  const below = medianOf(to);
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}
