import { type OpaqueFields, opaqueCallFields, pickOpaque } from '../../../runs/opaque-fields.ts';
import { readCallId } from '../../call-ids.ts';
import { type Fields, toFields, toText } from './fields.ts';

/** What one piece of a tool call says of it. */
export interface CallPiece {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** JSON, or the next piece of it. */
  readonly text: string | undefined;
  /** What the provider wants back with the call. */
  readonly opaque: OpaqueFields | undefined;
}

/** Reads a piece in OpenAI's form, or one with the fields of the function beside the id. */
export function readCallPiece(piece: Fields): CallPiece {
  const called = toFields(piece['function']) ?? piece;
  const given = called['arguments'] ?? called['input'] ?? called['parameters'] ?? piece['arguments'];
  return {
    index: readIndex(piece['index']),
    id: readCallId(piece['id']) ?? readCallId(piece['call_id']),
    name: toText(called['name']),
    text: toArgumentText(given),
    opaque: pickOpaque(piece, opaqueCallFields),
  };
}

function readIndex(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof index === 'number' ? index : undefined;
}

/** Some servers parse the arguments, which OpenAI sends as JSON text. */
function toArgumentText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
