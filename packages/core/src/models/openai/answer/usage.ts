import type { RunUsage } from '../../../runs/run-end.ts';
import { toTokenCount } from '../../to-token-count.ts';
import { type Fields, toFields } from './fields.ts';

/**
 * The tokens of an answer. Without usage from the upstream, or one of zeros, the completion counts as many tokens as there
 * were deltas: most servers send one in each.
 */
export function toUsage(usage: Fields | undefined, deltas: number): RunUsage {
  const prompt = toFields(usage?.['prompt_tokens_details'] ?? usage?.['input_tokens_details']);
  const completion = toFields(usage?.['completion_tokens_details'] ?? usage?.['output_tokens_details']);
  const promptTokens = toCount(usage?.['prompt_tokens'] ?? usage?.['input_tokens']) ?? 0;
  const completionTokens = toCount(usage?.['completion_tokens'] ?? usage?.['output_tokens']);
  const isCounted = completionTokens !== undefined && promptTokens + completionTokens > 0;
  return {
    promptTokens,
    completionTokens: isCounted ? completionTokens : deltas,
    // Kimi has it beside the others.
    cachedTokens: toCount(prompt?.['cached_tokens'] ?? usage?.['cached_tokens']) ?? 0,
    reasoningTokens: toCount(completion?.['reasoning_tokens']) ?? 0,
  };
}

/** Some servers count in texts. */
function toCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' ? toTokenCount(number) : undefined;
}
