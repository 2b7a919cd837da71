import type { ModelEvent } from '../model-provider.ts';
import { type Fields, toFields, toText } from './chunk.ts';

/** The tool calls of one answer. */
export interface ToolCalls {
  readonly size: number;
  /** Turns one piece of a call into events; undefined when it belongs to no call and begins none. */
  read(piece: unknown): readonly ModelEvent[] | undefined;
  /** What is still to be said at the end: arguments of calls that came without any. */
  finish(): readonly ModelEvent[];
}

interface Call {
  readonly index: number;
  readonly id: string;
  hasArguments: boolean;
}

/** Calls get dense indexes in the order of their first sight, whatever indexes the server gives them, if any. */
export function createToolCalls(): ToolCalls {
  const calls: Call[] = [];
  const byServerIndex = new Map<unknown, Call>();

  const start = (id: string, name: string, serverIndex: unknown): ModelEvent => {
    const call: Call = { index: calls.length, id, hasArguments: false };
    calls.push(call);
    if (serverIndex !== undefined) byServerIndex.set(serverIndex, call);
    return { type: 'tool-call', index: call.index, id, name };
  };
  return {
    get size() {
      return calls.length;
    },
    read(piece) {
      const fields = toFields(piece);
      if (fields === undefined) return undefined;
      const { id, name, text, index } = readPiece(fields);
      const known = index === undefined ? calls.at(-1) : byServerIndex.get(index);
      // Some servers give every call the index 0, or none: a new id with a name is a new call.
      const isNew = known === undefined || (id !== undefined && id !== known.id && name !== undefined);
      if (isNew && (id === undefined || name === undefined)) return undefined;
      const events: ModelEvent[] =
        isNew && id !== undefined && name !== undefined ? [start(id, name, index)] : [];
      const call = isNew ? calls.at(-1) : known;
      if (call !== undefined && text !== undefined) events.push(toArguments(call, text));
      return events;
    },
    finish: () => calls.filter(({ hasArguments }) => !hasArguments).map((call) => toArguments(call, '{}')),
  };
}

function readPiece(fields: Fields) {
  const called = toFields(fields['function']);
  return {
    index: typeof fields['index'] === 'number' ? fields['index'] : undefined,
    id: toText(fields['id']),
    name: toText(called?.['name']),
    text: toText(called?.['arguments']),
  };
}

function toArguments(call: Call, text: string): ModelEvent {
  call.hasArguments = true;
  return { type: 'tool-call-delta', index: call.index, arguments: text };
}
