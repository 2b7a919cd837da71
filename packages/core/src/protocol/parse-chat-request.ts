import { CaluteError } from '../errors.ts';
import { type ChatRequest, chatRequestSchema } from './chat-request.ts';
import { locateIssue } from './locate-issue.ts';

/**
 * A request body as `ChatRequest`. Throws `invalid_request` for the first fault: `param` is its dotted path, the message
 * says what was expected and never repeats what was sent, which may be a prompt.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = chatRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;

  const { param, expectation } = locateIssue(parsed.error.issues);
  const subject = param === undefined ? 'request body' : `'${param}'`;
  throw new CaluteError('invalid_request', `Invalid ${subject}: ${expectation}.`, { param });
}
