import { CaluteError } from '../../errors.ts';
import { opaqueMessageFields, pickOpaque } from '../../runs/opaque-fields.ts';
import type { RunUsage } from '../../runs/run-end.ts';
import { toFinishReason } from '../finish-reason.ts';
import type { ModelEvent } from '../model-provider.ts';
import { createBadChunkError, createCutError, toInBandError } from '../upstream/in-band-error.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { type Chunk, type Fields, parseChunk, toCount, toFields, toList, toText } from './chunk.ts';
import { ToolCalls } from './tool-calls.ts';

/** What is known of an answer so far. */
export interface OpenAiAnswer {
  readonly wantsLogprobs: boolean;
  readonly toolCalls: ToolCalls;
  /** Whether the model declined: its words are the text, and the end says `content_filter`. */
  refused: boolean;
  /** What the bytes read last have brought. */
  events: ModelEvent[];
  /** How many deltas the upstream has sent; several may be one event. */
  deltas: number;
  logprobs: readonly unknown[];
  finishReason: string | undefined;
  usage: Fields | undefined;
  serviceTier: string | undefined;
  /** Where its reasoning came. */
  reasoningField: 'reasoning' | 'reasoning_content' | undefined;
}

const noLogprobs: readonly unknown[] = [];

export function createAnswer(wantsLogprobs: boolean): OpenAiAnswer {
  return {
    wantsLogprobs,
    toolCalls: new ToolCalls(),
    refused: false,
    events: [],
    deltas: 0,
    logprobs: noLogprobs,
    finishReason: undefined,
    usage: undefined,
    serviceTier: undefined,
    reasoningField: undefined,
  };
}

/** Adds the data of one SSE event; gives the failure that it means. */
export function readEvent(data: string, answer: OpenAiAnswer, upstream: Upstream): CaluteError | undefined {
  const parsed = parseChunk(data);
  switch (parsed.kind) {
    case 'error':
      return toInBandError(parsed.value, upstream);
    case 'unreadable':
      return createBadChunkError(upstream);
    case 'chunk':
      return readChunk(parsed.chunk, answer)
        ? undefined
        : createBadChunkError(upstream, 'a broken tool call');
  }
}

/** False for a piece of a tool call that cannot be understood. */
function readChunk(chunk: Chunk, answer: OpenAiAnswer): boolean {
  answer.finishReason = chunk.finishReason ?? answer.finishReason;
  answer.usage = chunk.usage ?? answer.usage;
  answer.serviceTier = chunk.serviceTier ?? answer.serviceTier;
  const { delta } = chunk;
  // Some servers send them unasked.
  if (answer.wantsLogprobs && chunk.logprobs.length > 0)
    answer.logprobs = [...answer.logprobs, ...chunk.logprobs];
  if (delta === undefined) return true;
  const content = toText(delta['reasoning_content']);
  const reasoning = content ?? toText(delta['reasoning']);
  if (reasoning !== undefined) {
    answer.reasoningField ??= content === undefined ? 'reasoning' : 'reasoning_content';
    pushDelta(answer, { type: 'reasoning-delta', text: reasoning });
  }
  const opaque = pickOpaque(delta, opaqueMessageFields);
  if (opaque !== undefined) answer.events.push({ type: 'opaque-delta', fields: opaque });
  const text = toText(delta['content']);
  if (text !== undefined) pushText(answer, text);
  const refusal = toText(delta['refusal']);
  if (refusal !== undefined) {
    answer.refused = true;
    pushText(answer, refusal);
  }
  for (const piece of toList(delta['tool_calls'])) {
    const events = answer.toolCalls.read(piece);
    if (events === undefined) return false;
    for (const event of events) pushDelta(answer, event);
  }
  return true;
}

function pushText(answer: OpenAiAnswer, text: string): void {
  const { logprobs } = answer;
  const event: ModelEvent = { type: 'text-delta', text };
  answer.logprobs = noLogprobs;
  pushDelta(answer, logprobs.length === 0 ? event : { ...event, logprobs: [...logprobs] });
}

/** Adds what `chunks` of the stream have said. */
export function pushDelta(answer: OpenAiAnswer, event: ModelEvent, chunks = 1): void {
  answer.events.push(event);
  if (event.type !== 'tool-call') answer.deltas += chunks;
}

/** What is to be said once the stream is over. */
export function finishAnswer(answer: OpenAiAnswer, upstream: Upstream): readonly ModelEvent[] {
  return [...answer.toolCalls.finish(), toModelEnd(answer, upstream)];
}

function toModelEnd(answer: OpenAiAnswer, upstream: Upstream): ModelEvent {
  const { finishReason: raw, reasoningField, refused, serviceTier, toolCalls } = answer;
  if (raw === undefined) throw createCutError(upstream);
  const finishReason = refused ? 'content_filter' : toFinishReason(raw, toolCalls.size > 0);
  if (finishReason === undefined) {
    const message = `The model provider ended its answer with "${raw}" instead of finishing it.`;
    throw new CaluteError('upstream_error', message);
  }
  const tier = serviceTier === undefined ? {} : { serviceTier };
  const field = reasoningField === undefined ? {} : { reasoningField };
  return { type: 'model-end', finishReason, usage: toUsage(answer), ...tier, ...field };
}

/** Without usage from the upstream, the completion counts as many tokens as there were deltas: most send one in each. */
function toUsage({ usage, deltas }: OpenAiAnswer): RunUsage {
  const prompt = toFields(usage?.['prompt_tokens_details']);
  const completion = toFields(usage?.['completion_tokens_details']);
  return {
    promptTokens: toCount(usage?.['prompt_tokens']) ?? 0,
    completionTokens: toCount(usage?.['completion_tokens']) ?? deltas,
    cachedTokens: toCount(prompt?.['cached_tokens']) ?? 0,
    reasoningTokens: toCount(completion?.['reasoning_tokens']) ?? 0,
  };
}
