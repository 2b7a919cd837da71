import { CaluteError } from '../../../errors.ts';
import { isOverloadReason, toFinishReason } from '../../finish-reason.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { createBadChunkError, createCutError } from '../../upstream/in-band-error.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { nameKeys } from './fields.ts';
import { endHalves, isSilent, type OpenAiAnswer } from './openai-answer.ts';
import { toUsage } from './usage.ts';

/** What is to be said once the stream is over. Throws when the answer is no whole one. */
export function finishAnswer(answer: OpenAiAnswer, upstream: Upstream): readonly ModelEvent[] {
  const { reasoningField, refused, serviceTier, toolCalls } = answer;
  const raw = answer.finishReason ?? guessFinishReason(answer);
  if (raw === undefined) throw createCutError(upstream);
  const finishReason = refused ? 'content_filter' : toFinishReason(raw, toolCalls.size > 0);
  if (finishReason === undefined) throw createNoEndError(raw, upstream);
  const calls = toolCalls.finish({ isCut: finishReason === 'length' || finishReason === 'content_filter' });
  if (calls.unread !== undefined) throw createBadChunkError(upstream, calls.unread);
  if (finishReason === 'stop' && isSilent(answer)) assertNothingLost(raw, answer, upstream);
  const tier = serviceTier === undefined ? {} : { serviceTier };
  const field = reasoningField === undefined ? {} : { reasoningField };
  return [
    ...endHalves(answer),
    ...calls.events,
    { type: 'model-end', finishReason, usage: toUsage(answer.usage, answer.deltas), ...tier, ...field },
  ];
}

/**
 * Of an answer without a reason for its end: that it is whole, be it by `[DONE]` and by what can only stand at the end. A
 * mere `[DONE]` behind a text does not say so: gateways write one also when the server behind them has broken off.
 */
function guessFinishReason({
  isDone,
  toolCalls,
  usage,
  isLastEmpty,
  deltas,
}: OpenAiAnswer): string | undefined {
  if (!isDone) return undefined;
  if (toolCalls.size > 0) return toolCalls.areWhole ? 'tool_calls' : undefined;
  return deltas > 0 && (usage !== undefined || isLastEmpty) ? 'stop' : undefined;
}

function createNoEndError(raw: string, { host }: Upstream): CaluteError {
  const message = `The model provider at ${host} ended its answer with "${raw.slice(0, 100)}" instead of finishing it.`;
  return new CaluteError(isOverloadReason(raw) ? 'server_is_overloaded' : 'upstream_error', message);
}

/** An empty answer may be one; not when there was something that could not be read. */
function assertNothingLost(raw: string, { unread }: OpenAiAnswer, upstream: Upstream): void {
  if (unread.length > 0)
    throw createBadChunkError(upstream, `no text that can be read, but ${nameKeys(unread)}`);
  if (/call|tool/i.test(raw))
    throw createBadChunkError(upstream, `"${raw}" as the reason of its end, but no call`);
}
