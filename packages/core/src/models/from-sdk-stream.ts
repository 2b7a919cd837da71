import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { OpaqueFields } from '../runs/opaque-fields.ts';
import type { ModelEvent } from './model-provider.ts';
import { createCutError, toModelEnd } from './sdk-model-end.ts';
import { readCallOpaque, SdkThoughts } from './sdk-thoughts.ts';

/**
 * The stream of any AI SDK provider package (`doStream`) as model events: deltas in order, then one `model-end`. Tool calls
 * get dense indexes in the order of their first sight, and arguments in any case: `{}` if the model sent none. Leaving the
 * loop early cancels the stream. Throws what `toError` makes of an `error` part.
 */
export async function* fromSdkStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  toError: (error: unknown) => unknown,
): AsyncGenerator<readonly ModelEvent[]> {
  const toolCalls: ToolCalls = new Map();
  const thoughts = new SdkThoughts();
  let deltas = 0;
  let end: ModelEvent | undefined;
  for await (const part of stream) {
    if (part.type === 'error') throw toError(part.error);
    else if (part.type === 'finish') end = toModelEnd(part, { deltas, toolCalls: toolCalls.size, toError });
    else {
      const events = toDeltas(part, toolCalls);
      deltas += events.filter(({ type }) => type !== 'tool-call').length;
      const fields = thoughts.read(part);
      if (fields !== undefined) events.push({ type: 'opaque-delta', fields });
      if (events.length > 0) yield events;
    }
  }
  if (end === undefined) throw toError(createCutError());
  // Not before the body has ended: whoever gets it stops reading, and that would close a connection that can be used again.
  yield [end];
}

interface ToolCall {
  readonly index: number;
  readonly isSigned: boolean;
  hasArguments: boolean;
}

type ToolCalls = Map<string, ToolCall>;

function toDeltas(part: LanguageModelV4StreamPart, toolCalls: ToolCalls): ModelEvent[] {
  switch (part.type) {
    case 'text-delta':
      return part.delta === '' ? [] : [{ type: 'text-delta', text: part.delta }];
    case 'reasoning-delta':
      return part.delta === '' ? [] : [{ type: 'reasoning-delta', text: part.delta }];
    case 'tool-input-start':
      return part.providerExecuted === true
        ? []
        : [startToolCall(part.id, part.toolName, { toolCalls, opaque: readCallOpaque(part) })];
    case 'tool-input-delta':
      return toArguments(toolCalls.get(part.id), part.delta);
    case 'tool-call':
      return part.providerExecuted === true ? [] : toWholeToolCall(part, toolCalls);
    default:
      return [];
  }
}

/** Some packages announce a call only when it is complete; for the others it repeats what came in pieces. */
function toWholeToolCall(
  part: LanguageModelV4StreamPart & { type: 'tool-call' },
  toolCalls: ToolCalls,
): ModelEvent[] {
  const { toolCallId, toolName, input } = part;
  const opaque = readCallOpaque(part);
  const known = toolCalls.get(toolCallId);
  const start = known
    ? signLate(known, opaque)
    : [startToolCall(toolCallId, toolName, { toolCalls, opaque })];
  const call = toolCalls.get(toolCallId);
  return call?.hasArguments === true ? start : [...start, ...toArguments(call, input)];
}

function signLate({ index, isSigned }: ToolCall, fields: OpaqueFields | undefined): ModelEvent[] {
  return isSigned || fields === undefined ? [] : [{ type: 'opaque-delta', fields, index }];
}

function startToolCall(
  id: string,
  name: string,
  { toolCalls, opaque }: { readonly toolCalls: ToolCalls; readonly opaque: OpaqueFields | undefined },
): ModelEvent {
  const index = toolCalls.size;
  toolCalls.set(id, { index, isSigned: opaque !== undefined, hasArguments: false });
  return { type: 'tool-call', index, id, name, ...(opaque === undefined ? {} : { opaque }) };
}

function toArguments(call: ToolCall | undefined, delta: string): ModelEvent[] {
  if (call === undefined || delta === '') return [];
  call.hasArguments = true;
  return [{ type: 'tool-call-delta', index: call.index, arguments: delta }];
}
