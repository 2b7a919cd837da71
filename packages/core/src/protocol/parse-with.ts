import type { z } from 'zod';
import { CaluteError } from '../errors.ts';
import { locateIssue } from './locate-issue.ts';

/**
 * What was sent, as the schema has it. Throws `invalid_request` for the first fault: `param` is its dotted path, below
 * `place`; the message says what was expected and never repeats what was sent, which may be a prompt.
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  sent: unknown,
  place?: string,
): z.output<Schema> {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;

  const { param: found, expectation } = locateIssue(parsed.error.issues);
  const path = [place, found].filter((name) => name !== undefined);
  const param = path.length === 0 ? undefined : path.join('.');
  const subject = param === undefined ? 'request body' : `'${param}'`;
  throw new CaluteError('invalid_request', `Invalid ${subject}: ${expectation}.`, { param });
}
