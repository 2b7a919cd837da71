import { z } from 'zod';

/**
 * Fields of an answer that mean nothing here and that its provider wants back as they came: signed or encrypted thoughts.
 * By their names on the wire, which the field has agreed on.
 */
export const opaqueFieldsSchema = z.record(z.string(), z.unknown());
export type OpaqueFields = Readonly<Record<string, unknown>>;

/** Of a message. Source: OpenRouter (reasoning_details), LiteLLM (thinking_blocks, provider_specific_fields), Gemini (extra_content). */
export const opaqueMessageFields = [
  'reasoning_details',
  'thinking_blocks',
  'extra_content',
  'provider_specific_fields',
] as const;
/** Of a tool call. Source: Gemini (extra_content), LiteLLM (provider_specific_fields). */
export const opaqueCallFields = ['extra_content', 'provider_specific_fields'] as const;

/** Those of `names` that `value` has; undefined when it has none, so that nothing is stored for it. */
export function pickOpaque(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): OpaqueFields | undefined {
  let picked: Record<string, unknown> | undefined;
  for (const name of names) {
    const field = value[name];
    if (typeof field !== 'object' || field === null) continue;
    picked ??= {};
    picked[name] = field;
  }
  return picked;
}

/** What two deltas say together: lists grow by their pieces, objects by their keys. Both stay as they are. */
export function mergeOpaque(known: OpaqueFields | undefined, more: OpaqueFields): OpaqueFields {
  if (known === undefined) return more;
  const merged: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(more)) merged[name] = mergeValue(merged[name], value);
  return merged;
}

function mergeValue(known: unknown, more: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(more)) return more.reduce<unknown[]>(addPiece, [...known]);
  return isObject(known) && isObject(more) ? mergeOpaque(known, more) : more;
}

/** A piece goes on with the last one when it is of the same kind and place, and that one is not yet signed. */
function addPiece(pieces: unknown[], piece: unknown): unknown[] {
  const last = pieces.at(-1);
  if (!isObject(last) || !isObject(piece) || !goesOn(last, piece)) return [...pieces, piece];
  return [...pieces.slice(0, -1), joinPieces(last, piece)];
}

function goesOn(last: OpaqueFields, piece: OpaqueFields): boolean {
  if (last['type'] !== piece['type']) return false;
  if (typeof piece['index'] === 'number' || typeof last['index'] === 'number')
    return last['index'] === piece['index'];
  return !isGiven(last['signature']) && !isGiven(last['data']);
}

/** What is said in pieces; anything else is said once, or again. */
const spoken: ReadonlySet<string> = new Set(['text', 'summary', 'thinking', 'data']);

function joinPieces(last: OpaqueFields, piece: OpaqueFields): OpaqueFields {
  const joined: Record<string, unknown> = { ...last };
  for (const [name, value] of Object.entries(piece)) {
    const before = joined[name];
    if (spoken.has(name) && typeof before === 'string' && typeof value === 'string')
      joined[name] = before + value;
    else if (isGiven(value) || before === undefined) joined[name] = value;
  }
  return joined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function isObject(value: unknown): value is OpaqueFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
