import type { RunEnd, RunUsage } from './run-end.ts';

/** What several model calls have used together; it has a cost when one of them has. */
export function sumUsage(usages: readonly RunUsage[]): RunUsage {
  const sum = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
  for (const usage of usages) {
    sum.promptTokens += usage.promptTokens;
    sum.completionTokens += usage.completionTokens;
    sum.cachedTokens += usage.cachedTokens;
    sum.reasoningTokens += usage.reasoningTokens;
  }
  const costs = usages.flatMap(({ costUsd }) => (costUsd === undefined ? [] : [costUsd]));
  return costs.length === 0 ? sum : { ...sum, costUsd: costs.reduce((total, cost) => total + cost) };
}

/** The end with what the steps of its run have used; a completed one knows that itself. */
export function withUsage(end: RunEnd, steps: readonly RunUsage[]): RunEnd {
  return end.reason === 'completed' || steps.length === 0 ? end : { ...end, usage: sumUsage(steps) };
}
