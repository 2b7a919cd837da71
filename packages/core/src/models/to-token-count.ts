/** Of one call: more than any model takes, and few enough for their sums to stay whole numbers. */
const mostTokens = 1e9;

/** A whole number from 0, whatever a provider counts; undefined for what is no number. */
export function toTokenCount(counted: number | undefined): number | undefined {
  if (counted === undefined || !Number.isFinite(counted)) return undefined;
  return Math.min(mostTokens, Math.max(0, Math.round(counted)));
}
