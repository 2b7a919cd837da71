import { CaluteError } from '@calute/core/errors';
import { locateIssue } from '@calute/core/protocol/locate-issue';
import type { z } from 'zod';

/** What a client sent, as the schema has it. Throws `invalid_request` for the first fault, with its dotted path as `param`. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, sent: unknown): z.output<Schema> {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  const { param, expectation } = locateIssue(parsed.error.issues);
  const subject = param === undefined ? 'request body' : `'${param}'`;
  throw new CaluteError('invalid_request', `Invalid ${subject}: ${expectation}.`, { param });
}
