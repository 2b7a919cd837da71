/** How many looks into the store may come to nothing in one second. */
export interface LookupBudget {
  /** False when this second's budget is used up. */
  take(): boolean;
  /** For a look that found something: those cost nothing. */
  giveBack(): void;
}

export function createLookupBudget(perSecond: number, now: () => number): LookupBudget {
  let second = 0;
  let used = 0;
  return {
    take() {
      const current = Math.floor(now() / 1000);
      if (current !== second) [second, used] = [current, 0];
      if (used >= perSecond) return false;
      used += 1;
      return true;
    },
    giveBack() {
      used = Math.max(0, used - 1);
    },
  };
}
