import { type OpaqueFields, opaqueCallFields, pickOpaque } from '../../runs/opaque-fields.ts';
import type { ModelEvent } from '../model-provider.ts';
import { type Fields, toFields, toText } from './chunk.ts';

interface Call {
  readonly index: number;
  readonly serverIndex: number | undefined;
  readonly id: string;
  hasArguments: boolean;
}

/**
 * The tool calls of one answer. They get dense indexes in the order of their first sight, whatever indexes the server gives
 * them, if any. A class, because each answer has one.
 */
export class ToolCalls {
  readonly #calls: Call[] = [];

  get size(): number {
    return this.#calls.length;
  }

  /** Turns one piece of a call into events; undefined when it belongs to no call and begins none. */
  read(piece: unknown): readonly ModelEvent[] | undefined {
    const fields = toFields(piece);
    if (fields === undefined) return undefined;
    const { id, name, text, index, opaque } = readPiece(fields);
    const known = this.#find(index);
    // Some servers give every call the index 0, or none: a new id with a name is a new call.
    const isNew = known === undefined || (id !== undefined && id !== known.id && name !== undefined);
    if (isNew && (id === undefined || name === undefined)) return undefined;
    const events: ModelEvent[] =
      isNew && id !== undefined && name !== undefined ? [this.#start({ id, name, opaque }, index)] : [];
    const call = isNew ? this.#calls.at(-1) : known;
    if (call !== undefined && !isNew && opaque !== undefined)
      events.push({ type: 'opaque-delta', fields: opaque, index: call.index });
    if (call !== undefined && text !== undefined) events.push(toArguments(call, text));
    return events;
  }

  /** What is still to be said at the end: arguments of calls that came without any. */
  finish(): readonly ModelEvent[] {
    return this.#calls.filter(({ hasArguments }) => !hasArguments).map((call) => toArguments(call, '{}'));
  }

  #find(serverIndex: number | undefined): Call | undefined {
    if (serverIndex === undefined) return this.#calls.at(-1);
    return this.#calls.findLast((call) => call.serverIndex === serverIndex);
  }

  #start(
    { id, name, opaque }: { id: string; name: string; opaque: OpaqueFields | undefined },
    serverIndex: number | undefined,
  ): ModelEvent {
    const call: Call = { index: this.#calls.length, serverIndex, id, hasArguments: false };
    this.#calls.push(call);
    return { type: 'tool-call', index: call.index, id, name, ...(opaque === undefined ? {} : { opaque }) };
  }
}

function readPiece(fields: Fields) {
  const called = toFields(fields['function']);
  return {
    index: typeof fields['index'] === 'number' ? fields['index'] : undefined,
    id: toText(fields['id']),
    name: toText(called?.['name']),
    text: toText(called?.['arguments']),
    opaque: pickOpaque(fields, opaqueCallFields),
  };
}

function toArguments(call: Call, text: string): ModelEvent {
  call.hasArguments = true;
  return { type: 'tool-call-delta', index: call.index, arguments: text };
}
