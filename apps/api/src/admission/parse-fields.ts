import { parseWith } from '@calute/core/protocol/parse-with';
import type { z } from 'zod';

/** What a client sent, as the schema has it. Throws `invalid_request` for the first fault, with its dotted path as `param`. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, sent: unknown): z.output<Schema> {
  return parseWith(schema, sent);
}
