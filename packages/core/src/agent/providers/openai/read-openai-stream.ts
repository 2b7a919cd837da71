import { createParser } from 'eventsource-parser';
import { CaluteError } from '../../../errors.ts';
import type { RunUsage } from '../../../runs/run-end.ts';
import { toFinishReason } from '../finish-reason.ts';
import type { ModelEvent } from '../model-provider.ts';
import { createBadChunkError, createCutError, toInBandError } from '../upstream/in-band-error.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { type Chunk, type Fields, parseChunk, toCount, toFields, toList, toText } from './chunk.ts';
import { createToolCalls, type ToolCalls } from './tool-calls.ts';

export interface OpenAiStreamOptions {
  readonly upstream: Upstream;
  /** Whether text goes out with its logprobs. */
  readonly wantsLogprobs: boolean;
}

/** What is known of an answer so far. */
interface Answer {
  readonly wantsLogprobs: boolean;
  readonly toolCalls: ToolCalls;
  /** Whether the model declined: its words are the text, and the end says `content_filter`. */
  refused: boolean;
  /** What the bytes read last have brought. */
  events: ModelEvent[];
  deltas: number;
  logprobs: readonly unknown[];
  finishReason: string | undefined;
  usage: Fields | undefined;
  serviceTier: string | undefined;
}

const noLogprobs: readonly unknown[] = [];

/**
 * The bytes of an OpenAI-compatible stream as model events: one array for each piece of the body that says something, then
 * one `model-end`. Throws `upstream_cut` when the stream ends without a finish reason, `upstream_bad_chunk` for what cannot
 * be read, `upstream_error` for a failure that the server reports within the stream: after the events before it.
 */
export async function* readOpenAiStream(
  body: AsyncIterable<Uint8Array>,
  { upstream, wantsLogprobs }: OpenAiStreamOptions,
): AsyncGenerator<readonly ModelEvent[]> {
  const answer = createAnswer(wantsLogprobs);
  const decoder = new TextDecoder();
  let fault: CaluteError | undefined;
  const parser = createParser({
    onEvent({ data }) {
      if (fault === undefined && data !== '[DONE]') fault = readEvent(data, answer, upstream);
    },
  });
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    const { events } = answer;
    if (events.length > 0) {
      answer.events = [];
      yield events;
    }
    if (fault !== undefined) throw fault;
  }
  // Not before the body has ended: whoever gets it stops reading, and that would close a connection that can be used again.
  yield [...answer.toolCalls.finish(), toModelEnd(answer, upstream)];
}

function createAnswer(wantsLogprobs: boolean): Answer {
  return {
    wantsLogprobs,
    toolCalls: createToolCalls(),
    refused: false,
    events: [],
    deltas: 0,
    logprobs: noLogprobs,
    finishReason: undefined,
    usage: undefined,
    serviceTier: undefined,
  };
}

function readEvent(data: string, answer: Answer, upstream: Upstream): CaluteError | undefined {
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
function readChunk(chunk: Chunk, answer: Answer): boolean {
  answer.finishReason = chunk.finishReason ?? answer.finishReason;
  answer.usage = chunk.usage ?? answer.usage;
  answer.serviceTier = chunk.serviceTier ?? answer.serviceTier;
  const { delta } = chunk;
  // Some servers send them unasked.
  if (answer.wantsLogprobs && chunk.logprobs.length > 0)
    answer.logprobs = [...answer.logprobs, ...chunk.logprobs];
  if (delta === undefined) return true;
  const reasoning = toText(delta['reasoning_content']) ?? toText(delta['reasoning']);
  if (reasoning !== undefined) pushDelta(answer, { type: 'reasoning-delta', text: reasoning });
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

function pushText(answer: Answer, text: string): void {
  const { logprobs } = answer;
  const event: ModelEvent = { type: 'text-delta', text };
  answer.logprobs = noLogprobs;
  pushDelta(answer, logprobs.length === 0 ? event : { ...event, logprobs: [...logprobs] });
}

function pushDelta(answer: Answer, event: ModelEvent): void {
  answer.events.push(event);
  if (event.type !== 'tool-call') answer.deltas += 1;
}

function toModelEnd(answer: Answer, upstream: Upstream): ModelEvent {
  const { finishReason: raw, refused, serviceTier, toolCalls } = answer;
  if (raw === undefined) throw createCutError(upstream);
  const finishReason = refused ? 'content_filter' : toFinishReason(raw, toolCalls.size > 0);
  if (finishReason === undefined) {
    const message = `The model provider ended its answer with "${raw}" instead of finishing it.`;
    throw new CaluteError('upstream_error', message);
  }
  const tier = serviceTier === undefined ? {} : { serviceTier };
  return { type: 'model-end', finishReason, usage: toUsage(answer), ...tier };
}

/** Without usage from the upstream, the completion counts as many tokens as there were deltas: most send one in each. */
function toUsage({ usage, deltas }: Answer): RunUsage {
  const prompt = toFields(usage?.['prompt_tokens_details']);
  const completion = toFields(usage?.['completion_tokens_details']);
  return {
    promptTokens: toCount(usage?.['prompt_tokens']) ?? 0,
    completionTokens: toCount(usage?.['completion_tokens']) ?? deltas,
    cachedTokens: toCount(prompt?.['cached_tokens']) ?? 0,
    reasoningTokens: toCount(completion?.['reasoning_tokens']) ?? 0,
  };
}
