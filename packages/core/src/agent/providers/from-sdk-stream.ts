import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { ModelEvent } from './model-provider.ts';
import { toModelEnd } from './sdk-model-end.ts';

export interface SdkStreamOptions {
  /** The logprobs in a raw chunk; they go out with the text that follows it. Needs `includeRawChunks`. */
  readonly readLogprobs?: (rawChunk: unknown) => readonly unknown[];
  /** What to throw for an `error` part. */
  readonly toError: (error: unknown) => unknown;
}

/**
 * The stream of any AI SDK provider package (`doStream`) as model events: deltas in order, then one `model-end`. Tool calls
 * get dense indexes in the order of their first sight. Leaving the loop early cancels the stream.
 */
export async function* fromSdkStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  { readLogprobs, toError }: SdkStreamOptions,
): AsyncGenerator<ModelEvent> {
  const toolIndexes = new Map<string, number>();
  let logprobs: unknown[] = [];
  let deltas = 0;
  for await (const part of stream) {
    if (part.type === 'raw') logprobs.push(...(readLogprobs?.(part.rawValue) ?? []));
    else if (part.type === 'error') throw toError(part.error);
    else if (part.type === 'finish') yield toModelEnd(part, { deltas, toolCalls: toolIndexes.size, toError });
    else {
      for (const event of toDeltas(part, toolIndexes)) {
        deltas += event.type === 'tool-call' ? 0 : 1;
        const isMarked = event.type === 'text-delta' && logprobs.length > 0;
        yield isMarked ? { ...event, logprobs } : event;
        if (isMarked) logprobs = [];
      }
    }
  }
}

function toDeltas(part: LanguageModelV4StreamPart, toolIndexes: Map<string, number>): ModelEvent[] {
  switch (part.type) {
    case 'text-delta':
      return part.delta === '' ? [] : [{ type: 'text-delta', text: part.delta }];
    case 'reasoning-delta':
      return part.delta === '' ? [] : [{ type: 'reasoning-delta', text: part.delta }];
    case 'tool-input-start':
      return part.providerExecuted === true ? [] : [startToolCall(part.id, part.toolName, toolIndexes)];
    case 'tool-input-delta':
      return toArguments(toolIndexes.get(part.id), part.delta);
    case 'tool-call':
      return part.providerExecuted === true ? [] : toWholeToolCall(part, toolIndexes);
    default:
      return [];
  }
}

/** Some packages announce a call only when it is complete; for the others it is a repetition. */
function toWholeToolCall(
  { toolCallId, toolName, input }: LanguageModelV4StreamPart & { type: 'tool-call' },
  toolIndexes: Map<string, number>,
): ModelEvent[] {
  if (toolIndexes.has(toolCallId)) return [];
  return [
    startToolCall(toolCallId, toolName, toolIndexes),
    ...toArguments(toolIndexes.get(toolCallId), input),
  ];
}

function startToolCall(id: string, name: string, toolIndexes: Map<string, number>): ModelEvent {
  const index = toolIndexes.size;
  toolIndexes.set(id, index);
  return { type: 'tool-call', index, id, name };
}

function toArguments(index: number | undefined, delta: string): ModelEvent[] {
  return index === undefined || delta === '' ? [] : [{ type: 'tool-call-delta', index, arguments: delta }];
}
