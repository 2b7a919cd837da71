import {
  InvalidResponseDataError,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { CaluteError } from '../errors.ts';
import type { FinishReason, RunUsage } from '../runs/run-end.ts';
import { toFinishReason } from './finish-reason.ts';
import type { ModelEvent } from './model-provider.ts';
import { toTokenCount } from './to-token-count.ts';

interface Seen {
  readonly deltas: number;
  readonly toolCalls: number;
  readonly toError: (error: unknown) => unknown;
}

/**
 * The end of a model call. When the upstream sent no usage, the prompt counts 0 and the completion as many tokens as
 * there were deltas: most upstreams send one token in each. Throws when the model did not really finish.
 */
export function toModelEnd(part: LanguageModelV4StreamPart & { type: 'finish' }, seen: Seen): ModelEvent {
  return {
    type: 'model-end',
    finishReason: readFinishReason(part.finishReason, seen),
    usage: toUsage(part, seen.deltas),
  };
}

/** What the packages throw when a stream ends without having finished. */
export function createCutError(): InvalidResponseDataError {
  return new InvalidResponseDataError({
    data: undefined,
    message: 'The stream ended without a finish reason.',
  });
}

function readFinishReason({ unified, raw }: LanguageModelV4FinishReason, seen: Seen): FinishReason {
  if (unified === 'interrupted') throw seen.toError(createCutError());
  const finishReason =
    toFinishReason(unified.replace('-', '_'), seen.toolCalls > 0) ?? toFinishReason(raw, seen.toolCalls > 0);
  if (finishReason !== undefined) return finishReason;
  const message = `The model provider ended its answer with "${raw ?? 'error'}" instead of finishing it.`;
  throw seen.toError(new CaluteError('upstream_error', message));
}

function toUsage({ usage }: LanguageModelV4StreamPart & { type: 'finish' }, deltas: number): RunUsage {
  return {
    promptTokens: toTokenCount(usage.inputTokens.total) ?? 0,
    completionTokens: toTokenCount(usage.outputTokens.total) ?? deltas,
    cachedTokens: toTokenCount(usage.inputTokens.cacheRead) ?? 0,
    reasoningTokens: toTokenCount(usage.outputTokens.reasoning) ?? 0,
  };
}
