import type { CompletedEnd } from '../runs/run-end.ts';

/** OpenAI's usage object, with two figures of Calute's own. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
  /** Seconds. */
  readonly processing_time: number;
  readonly tokens_per_second: number;
}

/** OpenAI's usage object of a completed run. */
export function encodeUsage({ usage, processingMs }: Pick<CompletedEnd, 'usage' | 'processingMs'>): Usage {
  const seconds = processingMs / 1000;
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    processing_time: round(seconds),
    tokens_per_second: seconds > 0 ? round(usage.completionTokens / seconds) : 0,
  };
}

function round(figure: number): number {
  return Math.round(figure * 1e6) / 1e6;
}
