import type { ProcessRole } from '../peers/peer.ts';
import type { ByRole, Use } from '../rounds/measure-use.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** Rounds of one load on one peer, summed up. A figure that was not measured is absent. */
export interface UseFigures {
  readonly errors: number;
  readonly firstError?: string;
  readonly ttftP50Ms?: Spread;
  readonly ttftP99Ms?: Spread;
  /** Between one piece of a stream and the next. */
  readonly gapP99Ms?: Spread;
  readonly requestsPerSecond?: Spread;
  readonly tokensPerSecond?: Spread;
  /** Summed over the peer's processes. */
  readonly cpuUs?: Spread;
  readonly cpuUsByRole: ByRole;
  readonly rssMb?: Spread;
}

export function figuresOfUses(rounds: readonly Use[]): UseFigures {
  const firstError = rounds.find(({ sample }) => sample.firstError !== undefined)?.sample.firstError;
  const spreads = {
    ttftP50Ms: spreadOf(rounds.map(({ sample }) => sample.ttftMs.p50)),
    ttftP99Ms: spreadOf(rounds.map(({ sample }) => sample.ttftMs.p99)),
    gapP99Ms: spreadOf(rounds.map(({ sample }) => sample.gapMs?.p99)),
    requestsPerSecond: spreadOf(rounds.map(({ sample }) => sample.requests / sample.seconds)),
    tokensPerSecond: spreadOf(rounds.map(({ sample }) => sample.tokens / sample.seconds)),
    cpuUs: spreadOf(rounds.map(({ cpuUs }) => sumOf(cpuUs))),
    rssMb: spreadOf(rounds.map(({ rssBytes }) => inMb(sumOf(rssBytes)))),
  };
  return {
    errors: rounds.reduce((sum, { sample }) => sum + sample.errors, 0),
    ...(firstError === undefined ? {} : { firstError }),
    ...present(spreads),
    cpuUsByRole: cpuByRole(rounds),
  };
}

function cpuByRole(rounds: readonly Use[]): Partial<Record<ProcessRole, number>> {
  const roles = ['api', 'worker', 'redis'] as const;
  return present(
    Object.fromEntries(roles.map((role) => [role, spreadOf(rounds.map(({ cpuUs }) => cpuUs[role]))?.median])),
  );
}

/** Undefined for no process at all, which is not the same as none used. */
function sumOf(byRole: ByRole): number | undefined {
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
