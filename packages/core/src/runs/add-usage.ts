import type { RunUsage } from './run-end.ts';

/** The usage of two model calls together. */
export function addUsage(one: RunUsage, other: RunUsage): RunUsage {
  return {
    promptTokens: one.promptTokens + other.promptTokens,
    completionTokens: one.completionTokens + other.completionTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
  };
}
