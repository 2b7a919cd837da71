import type { CallPiece } from './call-piece.ts';

/** A call as far as it is known. */
export interface KnownCall {
  readonly index: number | undefined;
  /** The provider's id, if it gave one. */
  readonly id: string | undefined;
  readonly name: string;
  /** Its arguments so far. */
  readonly text: string;
}

export type Place<Call> =
  | { readonly kind: 'begins' }
  | { readonly kind: 'goes-on'; readonly call: Call }
  /** It says again what is known. */
  | { readonly kind: 'repeats' };

export interface Known<Call> {
  readonly calls: readonly Call[];
  /** Calls to which the same list of pieces has added already. */
  readonly fresh: ReadonlySet<Call>;
  /** The names of the tools that the model was told of. */
  readonly tools: ReadonlySet<string>;
}

/**
 * Finds the call that a piece belongs to. Index and id tell it where servers give them as OpenAI does; where they leave them
 * out, give every call the index 0 or every piece a new id, the name and the arguments so far tell whether a call is over:
 * behind a whole JSON value no more of its arguments can come.
 */
export function findPlace<Call extends KnownCall>(piece: CallPiece, known: Known<Call>): Place<Call> {
  const call = findCall(piece, known.calls);
  if (call === undefined) return { kind: 'begins' };
  if (piece.name === undefined) return { kind: 'goes-on', call };
  const isOther = piece.id !== undefined && call.id !== undefined && piece.id !== call.id;
  if (call.text === '')
    return !isOther && isSameHead(piece, call, known) ? { kind: 'goes-on', call } : { kind: 'begins' };
  if (!isWholeJson(call.text))
    return { kind: goesOnWithin(piece, call, isOther) ? 'goes-on' : 'begins', call };
  if (piece.text === undefined) return { kind: isOther || piece.name !== call.name ? 'begins' : 'repeats' };
  if (isOther || piece.name !== call.name || known.fresh.has(call)) return { kind: 'begins' };
  return placeBehindWhole(piece, call);
}

/** Pieces of one call, or of calls in turn, by what the server gives. */
function findCall<Call extends KnownCall>(
  { index, id }: CallPiece,
  calls: readonly Call[],
): Call | undefined {
  const withId = id === undefined ? undefined : calls.findLast((call) => call.id === id && isAt(call, index));
  return withId ?? (index === undefined ? calls.at(-1) : calls.findLast((call) => call.index === index));
}

function isAt(call: KnownCall, index: number | undefined): boolean {
  return index === undefined || call.index === undefined || call.index === index;
}

/** Of a call whose arguments have not begun: its name may come in pieces, or again. */
function isSameHead<Call extends KnownCall>(
  { index, id, name = '' }: CallPiece,
  call: Call,
  { tools, fresh }: Known<Call>,
): boolean {
  const hasPlace = index !== undefined || id !== undefined;
  if (fresh.has(call) && !hasPlace) return false;
  if (name === call.name || hasToolLike(tools, call.name + name)) return true;
  return !tools.has(call.name) && (!tools.has(name) || name.startsWith(call.name));
}

/** Of a call in the midst of its arguments; that the id is another one tells little where each piece has a new one. */
function goesOnWithin({ index, name, text }: CallPiece, call: KnownCall, isOther: boolean): boolean {
  if (name !== call.name) return false;
  return !isOther || (index !== undefined && text !== undefined && !text.trimStart().startsWith('{'));
}

/** The same arguments again are a repetition: to run a tool twice is worse than to run it once. */
function placeBehindWhole<Call extends KnownCall>(piece: CallPiece, call: Call): Place<Call> {
  if (piece.text === call.text && (piece.id !== undefined || piece.index !== undefined))
    return { kind: 'repeats' };
  // Before arguments that come in pieces some servers send an empty object.
  return piece.id !== undefined && isEmptyObject(call.text) ? { kind: 'goes-on', call } : { kind: 'begins' };
}

/** The name with its next piece; some servers send all of it again, as far as it has come. */
export function joinName(known: string, piece: string, tools: ReadonlySet<string>): string {
  if (known === piece) return known;
  if (hasToolLike(tools, known + piece) || !piece.startsWith(known)) return known + piece;
  return piece;
}

/** Whether it is the name of a tool, and not also the beginning of another one's. */
export function isWholeName(name: string, tools: ReadonlySet<string>): boolean {
  if (!tools.has(name)) return false;
  for (const other of tools) if (other !== name && other.startsWith(name)) return false;
  return true;
}

function hasToolLike(tools: ReadonlySet<string>, beginning: string): boolean {
  for (const name of tools) if (name.startsWith(beginning)) return true;
  return false;
}

export function isEmptyObject(text: string): boolean {
  return text.length < 16 && /^\s*\{\s*\}\s*$/.test(text);
}

/** Whether a call's arguments are all there. */
export function isWholeJson(text: string): boolean {
  const end = text.trimEnd().at(-1);
  // What does not end like an object is mostly the beginning of one, and would be parsed for each of its pieces.
  if (text.length > 64 && end !== '}' && end !== ']') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
