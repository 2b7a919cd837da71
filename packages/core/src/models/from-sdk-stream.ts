import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { OpaqueFields } from '../runs/opaque-fields.ts';
import { CallIds, readCallId } from './call-ids.ts';
import type { ModelCall, ModelEvent } from './model-provider.ts';
import { createCutError, toModelEnd } from './sdk-model-end.ts';
import { readCallOpaque, SdkThoughts } from './sdk-thoughts.ts';
import { readUntilEnd } from './upstream/read-until-end.ts';

export interface SdkStreamOptions {
  readonly messages: ModelCall['messages'];
  readonly signal: AbortSignal;
  /** What an `error` part means. */
  toError(error: unknown): unknown;
  /** Whether an `error` part tells only of what may be left unread. @defaultValue none does */
  readonly mayPassOver?: ((error: unknown) => boolean) | undefined;
}

/** How long the stream may stay open behind the model's end: only so that its connection can be used again. */
const graceMs = 100;

/**
 * The stream of any AI SDK provider package (`doStream`) as model events: deltas in order, then one `model-end`. Tool calls
 * get dense indexes in the order of their first sight, ids that the conversation does not have yet, and arguments in any
 * case: `{}` if the model sent none. The answer is over with the model's end, whatever becomes of the connection then.
 * Leaving the loop early cancels the stream. Throws what `toError` makes of an `error` part.
 */
export async function* fromSdkStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  { messages, signal, toError, mayPassOver = () => false }: SdkStreamOptions,
): AsyncGenerator<readonly ModelEvent[]> {
  const toolCalls: ToolCalls = { ids: new CallIds(messages), open: new Map(), size: 0 };
  const thoughts = new SdkThoughts();
  let deltas = 0;
  let end: ModelEvent | undefined;
  const grace = () => (end === undefined ? undefined : { ms: graceMs, said: 0 });
  for await (const part of readUntilEnd(stream, { grace, signal })) {
    if (end !== undefined) continue;
    if (part.type === 'error') {
      if (!mayPassOver(part.error)) throw toError(part.error);
    } else if (part.type === 'finish') end = toModelEnd(part, { deltas, toolCalls: toolCalls.size, toError });
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
  isWhole: boolean;
}

interface ToolCalls {
  readonly ids: CallIds;
  /** By the package's ids; of calls with one id, the last. */
  readonly open: Map<string, ToolCall>;
  size: number;
}

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
      return toArguments(toolCalls.open.get(part.id), part.delta);
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
  const known = toolCalls.open.get(toolCallId);
  const start =
    known === undefined || known.isWhole
      ? [startToolCall(toolCallId, toolName, { toolCalls, opaque })]
      : signLate(known, opaque);
  const call = toolCalls.open.get(toolCallId);
  const events = call?.hasArguments === true ? start : [...start, ...toArguments(call, input)];
  if (call !== undefined) call.isWhole = true;
  return events;
}

function signLate({ index, isSigned }: ToolCall, fields: OpaqueFields | undefined): ModelEvent[] {
  return isSigned || fields === undefined ? [] : [{ type: 'opaque-delta', fields, index }];
}

function startToolCall(
  id: string,
  name: string,
  { toolCalls, opaque }: { readonly toolCalls: ToolCalls; readonly opaque: OpaqueFields | undefined },
): ModelEvent {
  const index = toolCalls.size++;
  toolCalls.open.set(id, { index, isSigned: opaque !== undefined, hasArguments: false, isWhole: false });
  return {
    type: 'tool-call',
    index,
    id: toolCalls.ids.take(readCallId(id)),
    name,
    ...(opaque === undefined ? {} : { opaque }),
  };
}

function toArguments(call: ToolCall | undefined, delta: string): ModelEvent[] {
  if (call === undefined || delta === '') return [];
  call.hasArguments = true;
  return [{ type: 'tool-call-delta', index: call.index, arguments: delta }];
}
