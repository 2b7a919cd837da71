import {
  InvalidResponseDataError,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { CaluteError } from '../../errors.ts';
import type { FinishReason, RunUsage } from '../../runs/run-end.ts';
import type { ModelEvent } from './model-provider.ts';

/** Under which key and name a provider puts the tier that it used into the `finish` part's metadata. */
export const metadataKey = 'calute';
export const serviceTierKey = 'serviceTier';

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
  const serviceTier = part.providerMetadata?.[metadataKey]?.[serviceTierKey];
  return {
    type: 'model-end',
    finishReason: toFinishReason(part.finishReason, seen),
    usage: toUsage(part, seen.deltas),
    ...(typeof serviceTier === 'string' ? { serviceTier } : {}),
  };
}

/** What the packages throw when a stream ends without having finished. */
export function createCutError(): InvalidResponseDataError {
  return new InvalidResponseDataError({
    data: undefined,
    message: 'The stream ended without a finish reason.',
  });
}

function toFinishReason(reason: LanguageModelV4FinishReason, seen: Seen): FinishReason {
  switch (reason.unified) {
    case 'stop':
    case 'tool-calls':
      // Some upstreams say "stop" after tool calls, and some "tool_calls" without any.
      return seen.toolCalls > 0 ? 'tool_calls' : 'stop';
    case 'length':
      return 'length';
    case 'content-filter':
      return 'content_filter';
    case 'interrupted':
      throw seen.toError(createCutError());
    default:
      return toUnusualReason(reason.raw, seen);
  }
}

/** Names that servers other than OpenAI's use. Source: Hugging Face TGI (eos_token, stop_sequence), LiteLLM, vLLM. */
function toUnusualReason(raw: string | undefined, seen: Seen): FinishReason {
  switch (raw?.toLowerCase()) {
    case 'eos':
    case 'eos_token':
    case 'end_turn':
    case 'stop_sequence':
      return seen.toolCalls > 0 ? 'tool_calls' : 'stop';
    case 'max_tokens':
      return 'length';
    default:
      throw seen.toError(
        new CaluteError(
          'upstream_error',
          `The model provider ended its answer with "${raw ?? 'error'}" instead of finishing it.`,
        ),
      );
  }
}

function toUsage({ usage }: LanguageModelV4StreamPart & { type: 'finish' }, deltas: number): RunUsage {
  return {
    promptTokens: toCount(usage.inputTokens.total) ?? 0,
    completionTokens: toCount(usage.outputTokens.total) ?? deltas,
    cachedTokens: toCount(usage.inputTokens.cacheRead) ?? 0,
    reasoningTokens: toCount(usage.outputTokens.reasoning) ?? 0,
  };
}

function toCount(tokens: number | undefined): number | undefined {
  return tokens === undefined || !Number.isFinite(tokens) ? undefined : Math.max(0, Math.round(tokens));
}
