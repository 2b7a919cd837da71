/** What may never happen, in the order of the closing line. */
export const counters = [
  'lost',
  'doubled',
  'reordered',
  'stuck',
  'double_end',
  'tool_doubled',
  'orphan',
] as const;
export type Counter = (typeof counters)[number];

export interface Violation {
  readonly counter: Counter;
  /** Tokens or events for `lost`, `doubled` and `reordered`; else 1. */
  readonly amount: number;
  /** The run's. */
  readonly tag: string;
  readonly detail: string;
}

export type Totals = Readonly<Record<Counter, number>>;

export function sumUp(violations: readonly Violation[]): Totals {
  const totals = { lost: 0, doubled: 0, reordered: 0, stuck: 0, double_end: 0, tool_doubled: 0, orphan: 0 };
  for (const { counter, amount } of violations) totals[counter] += amount;
  return totals;
}
