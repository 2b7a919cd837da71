import { mergeOpaque, type OpaqueFields } from '../../../runs/opaque-fields.ts';
import { CallIds } from '../../call-ids.ts';
import type { ModelCall, ModelEvent } from '../../model-provider.ts';
import { type CallPiece, readCallPiece } from './call-piece.ts';
import { nameKind, toFields } from './fields.ts';
import {
  findPlace,
  isEmptyObject,
  isWholeJson,
  isWholeName,
  joinName,
  type KnownCall,
} from './find-place.ts';
import { wholeLength } from './halves.ts';

interface Call extends KnownCall {
  readonly position: number;
  index: number | undefined;
  id: string | undefined;
  name: string;
  text: string;
  /** What the provider wants back with it, as far as that came before it was told of. */
  opaque: OpaqueFields | undefined;
  /** Whether it has been told of, and how much of its arguments. */
  isTold: boolean;
  toldLength: number;
}

/** What a list of pieces brings. */
export interface ReadCalls {
  readonly events: readonly ModelEvent[];
  /** What of it cannot be read. */
  readonly unread?: string | undefined;
}

const noEvents: ReadCalls = { events: [] };

/**
 * The tool calls of one answer. They get dense indexes in the order of their first sight and ids that the conversation does
 * not have yet, whatever the server gives them. A call is told of with its first arguments or at the end, because until
 * then its name may grow. A class, because each answer has one.
 */
export class ToolCalls {
  readonly #calls: Call[] = [];
  readonly #ids: CallIds;
  readonly #tools: ReadonlySet<string>;
  #isLegacy = false;

  constructor({ messages, tools }: Pick<ModelCall, 'messages' | 'tools'>) {
    this.#ids = new CallIds(messages);
    this.#tools = new Set(tools.map((tool) => tool.function.name));
  }

  get size(): number {
    return this.#calls.length;
  }

  /** Whether nothing is missing of any call. */
  get areWhole(): boolean {
    return this.#calls.every(({ name, text }) => name !== '' && isWholeJson(text));
  }

  /** Reads `tool_calls`: a list of pieces, or one piece. */
  read(value: unknown): ReadCalls {
    if (value === undefined || value === null || value === '') return noEvents;
    const pieces = Array.isArray(value) ? value : [value];
    const events: ModelEvent[] = [];
    const fresh = new Set<Call>();
    for (const piece of pieces) {
      // A list whose second call has come before its first.
      if (piece === null) continue;
      const fields = toFields(piece);
      if (fields === undefined) return { events, unread: `a tool call that is ${nameKind(piece)}` };
      if (Object.keys(fields).length > 0) events.push(...this.#add(readCallPiece(fields), fresh));
    }
    return { events };
  }

  /** Reads the older `function_call`, which some servers send beside the newer list. */
  readLegacy(value: unknown): ReadCalls {
    const fields = toFields(value);
    if (fields === undefined || (this.#calls.length > 0 && !this.#isLegacy)) return noEvents;
    this.#isLegacy = true;
    return { events: this.#add({ ...readCallPiece(fields), index: 0 }, new Set()) };
  }

  /**
   * Says what is left to be said: heads of calls without arguments, for which an empty object stands unless the answer was
   * cut off.
   */
  finish({ isCut }: { readonly isCut: boolean }): ReadCalls {
    const nameless = this.#calls.some(({ name }) => name === '');
    const events = this.#calls.flatMap((call) => {
      if (call.text.trim() === '' && !isCut) call.text += '{}';
      return [...this.#tellHead(call), ...tellRest(call, call.text.length)];
    });
    return nameless ? { events: [], unread: 'a tool call without a name' } : { events };
  }

  #add(piece: CallPiece, fresh: Set<Call>): ModelEvent[] {
    const place = findPlace(piece, { calls: this.#calls, fresh, tools: this.#tools });
    if (place.kind === 'repeats') return [];
    const call = place.kind === 'goes-on' ? place.call : this.#begin(piece);
    fresh.add(call);
    call.index ??= piece.index;
    call.id ??= piece.id;
    if (piece.name !== undefined && !call.isTold) call.name = joinName(call.name, piece.name, this.#tools);
    return [...noteOpaque(call, piece.opaque), ...this.#addText(call, piece.text)];
  }

  #addText(call: Call, text: string | undefined): ModelEvent[] {
    if (text === undefined) return [];
    const isTold = call.toldLength === call.text.length && call.isTold;
    // Such an object may stand there until the arguments come in pieces.
    const isReplaced = call.toldLength === 0 && isEmptyObject(call.text) && text.trim() !== '';
    call.text = isReplaced ? text : call.text + text;
    if (isTold && wholeLength(text) === text.length) return [tellPiece(call, text)];
    if (call.name === '' || isEmptyObject(call.text)) return [];
    const before = this.#calls.slice(0, call.position).filter(({ name }) => isWholeName(name, this.#tools));
    return [...before, call].flatMap((one) => this.#tellHead(one)).concat(tellRest(call));
  }

  #begin({ name = '' }: CallPiece): Call {
    const call: Call = {
      position: this.#calls.length,
      index: undefined,
      id: undefined,
      name,
      text: '',
      opaque: undefined,
      isTold: false,
      toldLength: 0,
    };
    this.#calls.push(call);
    return call;
  }

  #tellHead(call: Call): ModelEvent[] {
    if (call.isTold) return [];
    call.isTold = true;
    const { position: index, name, opaque } = call;
    const id = this.#ids.take(call.id);
    return [{ type: 'tool-call', index, id, name, ...(opaque === undefined ? {} : { opaque }) }];
  }
}

/** What comes late goes out by itself. */
function noteOpaque(call: Call, fields: OpaqueFields | undefined): ModelEvent[] {
  if (fields === undefined) return [];
  if (call.isTold) return [{ type: 'opaque-delta', fields, index: call.position }];
  call.opaque = mergeOpaque(call.opaque, fields);
  return [];
}

/** A text that grows is not cut for each of its pieces: that would copy all of it. */
function tellPiece(call: Call, text: string): ModelEvent {
  call.toldLength += text.length;
  return { type: 'tool-call-delta', index: call.position, arguments: text.toWellFormed() };
}

/** Up to `end`: half a character waits for its other half. */
function tellRest(call: Call, end = wholeLength(call.text)): ModelEvent[] {
  const text = call.text.slice(call.toldLength, end);
  return text === '' ? [] : [tellPiece(call, text)];
}
