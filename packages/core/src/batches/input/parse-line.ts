import { z } from 'zod';
import { nestsDeeperThan } from '../../protocol/nesting-depth.ts';
import type { BatchFault } from '../batch.ts';

export interface InputLine {
  readonly customId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type ParsedLine =
  | { readonly outcome: 'line'; readonly line: InputLine }
  /** A fault for which the whole file is refused. */
  | { readonly outcome: 'fault'; readonly fault: Omit<BatchFault, 'line'> };

/** Of arrays and objects in a line, as in the body of a request. */
const maxNesting = 64;
export const maxCustomIdLength = 512;

const outlineSchema = z.object({
  custom_id: z.unknown().optional(),
  method: z.unknown().optional(),
  url: z.unknown().optional(),
  body: z.unknown().optional(),
});

/** One line of the input of a batch for this endpoint. What its body asks for is not looked at. */
export function parseLine(text: string, endpoint: string): ParsedLine {
  const value = parseJson(text);
  const outline = outlineSchema.safeParse(value);
  if (!outline.success) {
    return fault('invalid_json_line', null, 'The line is not a JSON object. Write one object a line.');
  }
  const { custom_id: customId, method, url, body } = outline.data;
  if (typeof customId !== 'string' || customId === '' || customId.length > maxCustomIdLength) {
    const expected = `Expected a "custom_id" of 1 to ${maxCustomIdLength} characters.`;
    return fault(customId === undefined ? 'missing_custom_id' : 'invalid_custom_id', 'custom_id', expected);
  }
  if (method !== 'POST') return fault('invalid_method', 'method', 'Expected "method" to be "POST".');
  if (url !== endpoint) {
    return fault('mismatched_url', 'url', `Expected "url" to be "${endpoint}", the endpoint of the batch.`);
  }
  if (!isObject(body)) return fault('invalid_body', 'body', 'Expected "body" to be an object.');
  if (body['stream'] === true) {
    return fault('invalid_body', 'body.stream', 'Lines are not streamed; leave out "stream".');
  }
  return { outcome: 'line', line: { customId, body } };
}

function parseJson(text: string): unknown {
  if (mayNestDeeply(text) && nestsDeeperThan(Buffer.from(text), maxNesting + 1)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Spares nearly all lines a copy: so many brackets have to be there at all. */
function mayNestDeeply(text: string): boolean {
  let at = -1;
  for (let brackets = 0; brackets <= maxNesting; brackets += 1) {
    const [object, array] = [text.indexOf('{', at + 1), text.indexOf('[', at + 1)];
    if (object === -1 && array === -1) return false;
    at = object === -1 || array === -1 ? Math.max(object, array) : Math.min(object, array);
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(code: string, param: string | null, message: string): ParsedLine {
  return { outcome: 'fault', fault: { code, message, param } };
}
