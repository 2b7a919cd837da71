/** A figure that has to stay within a bound of its own, in place of a ratio to a peer. */
export interface BoundedGoal {
  readonly title: string;
  readonly unit: '×' | 's' | 'ms' | 'MiB';
  readonly bound: number;
  /** Whether the bound is a lower one. */
  readonly isLeast?: boolean;
  /** Undefined when it was not measured. */
  readonly value: number | undefined;
}

/** A goal that was not measured is not reached. */
export function isReached({ value, bound, isLeast = false }: BoundedGoal): boolean {
  if (value === undefined) return false;
  return isLeast ? value >= bound : value <= bound;
}
