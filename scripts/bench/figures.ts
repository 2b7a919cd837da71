import type { Cell } from './measure-cell.ts';
import type { PeerId, ProcessRole } from './peer.ts';
import type { ScenarioId } from './scenarios.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** The rounds of one peer in one scenario. A figure that was not measured is absent. */
export interface Figures {
  readonly peer: PeerId;
  readonly scenario: ScenarioId;
  readonly errors: number;
  readonly firstError?: string;
  readonly ttftP50Ms?: Spread;
  readonly ttftP99Ms?: Spread;
  /** Beyond that of the upstream in the same round. */
  readonly addedTtftP50Ms?: Spread;
  readonly requestsPerSecond?: Spread;
  readonly tokensPerSecond?: Spread;
  /** Summed over the peer's processes. */
  readonly cpuUs?: Spread;
  readonly cpuUsByRole: Readonly<Partial<Record<ProcessRole, number>>>;
  readonly rssMb?: Spread;
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
  const firstError = rounds.find(({ sample }) => sample.firstError !== undefined)?.sample.firstError;
  const p50s = rounds.map(({ sample }) => sample.ttftMs.p50);
  const spreads = {
    ttftP50Ms: spreadOf(p50s),
    ttftP99Ms: spreadOf(rounds.map(({ sample }) => sample.ttftMs.p99)),
    addedTtftP50Ms: spreadOf(
      p50s.map((p50, round) => p50 - (direct[round]?.sample.ttftMs.p50 ?? Number.NaN)),
    ),
    requestsPerSecond: spreadOf(rounds.map(({ sample }) => sample.requests / sample.seconds)),
    tokensPerSecond: spreadOf(rounds.map(({ sample }) => sample.tokens / sample.seconds)),
    cpuUs: spreadOf(rounds.map(({ cpuUs }) => sumOf(cpuUs))),
    rssMb: spreadOf(rounds.map(({ rssBytes }) => inMb(sumOf(rssBytes)))),
  };
  return {
    peer,
    scenario,
    errors: rounds.reduce((sum, { sample }) => sum + sample.errors, 0),
    ...(firstError === undefined ? {} : { firstError }),
    ...present(spreads),
    cpuUsByRole: cpuByRole(rounds),
  };
}

function cpuByRole(rounds: readonly Cell[]): Partial<Record<ProcessRole, number>> {
  const roles = ['api', 'worker', 'redis'] as const;
  return present(
    Object.fromEntries(roles.map((role) => [role, spreadOf(rounds.map(({ cpuUs }) => cpuUs[role]))?.median])),
  );
}

/** Undefined for no process at all, which is not the same as none used. */
function sumOf(byRole: Readonly<Partial<Record<ProcessRole, number>>>): number | undefined {
  const values = Object.values(byRole);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function inMb(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 2 ** 20;
}

function present<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> }; // because entries lose the keys
}
