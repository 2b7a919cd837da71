import type { Served } from './serve.ts';

/** Jain's index of what each has got, by its weight: 1 when all have the same, 1/n when one has all. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** Tokens that each flow has got of what started in the time, by its weight. */
export function sharesBetween(served: readonly Served[], from: number, to: number): Map<string, number> {
  const shares = new Map(served.map(({ flow }) => [flow, 0]));
  for (const { flow, weight, tokens, startedAt } of served) {
    if (startedAt < from || startedAt >= to) continue;
    shares.set(flow, (shares.get(flow) ?? 0) + tokens / weight);
  }
  return shares;
}

/** Until when every flow has something that waits, from a time at which all have. */
export function allWaitUntil(served: readonly Served[]): number {
  const lastStart = Map.groupBy(served, ({ flow }) => flow)
    .values()
    .map((runs) => Math.max(...runs.map(({ startedAt }) => startedAt)));
  return Math.min(...lastStart);
}

/** How long the runs of a tenant waited. */
export function waitsOf(served: readonly Served[], tenant: string): { median: number; most: number } {
  const waits = served
    .filter((run) => run.tenant === tenant)
    .map(({ at, startedAt }) => startedAt - at)
    .sort((one, other) => one - other);
  return { median: waits[Math.floor(waits.length / 2)] ?? 0, most: waits.at(-1) ?? 0 };
}

/** When the last run was done. */
export function makespan(served: readonly Served[]): number {
  return Math.max(...served.map(({ endedAt }) => endedAt));
}
