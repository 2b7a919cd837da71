import type { Prices } from '../../agent/limits.ts';
import type { RunUsage } from '../../runs/run-end.ts';

/** The same usage with what it cost; without prices as it is. Prompt tokens include the cached ones. */
export function priceUsage(usage: RunUsage, prices: Prices | undefined): RunUsage {
  if (prices === undefined) return usage;
  const { inputPerMillion, outputPerMillion, cachedInputPerMillion = inputPerMillion } = prices;
  const cached = Math.min(usage.cachedTokens, usage.promptTokens);
  const microUsd =
    (usage.promptTokens - cached) * inputPerMillion +
    cached * cachedInputPerMillion +
    usage.completionTokens * outputPerMillion;
  return { ...usage, costUsd: microUsd / 1e6 };
}
