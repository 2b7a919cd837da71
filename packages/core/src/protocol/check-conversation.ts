import { CaluteError } from '../errors.ts';
import type { AssistantMessage, Message } from '../request/message.ts';

/** Tool calls of the last assistant message, by whether they have been answered; `at` is that message's index. */
interface Exchange {
  readonly at: number;
  readonly answered: Map<string, boolean>;
}

/**
 * Throws `invalid_request` unless tool calls and tool messages pair up as OpenAI demands: every call is answered once, before
 * anything else is said, and every tool message answers a call. Providers refuse such conversations late and each in its own words.
 */
export function checkConversation(messages: readonly Message[]): void {
  if (messages.length === 0) throw invalid('messages', 'expected at least one message');
  let open: Exchange | undefined;
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      answerCall(open, message.tool_call_id, index);
      continue;
    }
    checkAllAnswered(open);
    open = message.role === 'assistant' ? openExchange(message, index) : undefined;
  }
  checkAllAnswered(open);
}

function answerCall(open: Exchange | undefined, callId: string, index: number): void {
  const answered = open?.answered.get(callId);
  if (open !== undefined && answered === false) {
    open.answered.set(callId, true);
    return;
  }
  throw invalid(
    `messages.${index}.tool_call_id`,
    answered === true
      ? 'this tool call has been answered already'
      : 'a tool message must answer a tool call of the assistant message before it',
  );
}

function checkAllAnswered(open: Exchange | undefined): void {
  if (open === undefined) return;
  const missing = [...open.answered].filter(([, answered]) => !answered).map(([callId]) => callId);
  if (missing.length === 0) return;
  throw invalid(
    `messages.${open.at}.tool_calls`,
    `each tool call must be answered by a tool message before the next message; unanswered: ${missing.join(', ')}`,
  );
}

function openExchange(message: AssistantMessage, index: number): Exchange | undefined {
  if (message.tool_calls === undefined) return undefined;

  const answered = new Map(message.tool_calls.map((call) => [call.id, false]));
  if (answered.size < message.tool_calls.length) {
    throw invalid(`messages.${index}.tool_calls`, 'two tool calls have the same id');
  }
  return { at: index, answered };
}

function invalid(param: string, expectation: string): CaluteError {
  return new CaluteError('invalid_request', `Invalid '${param}': ${expectation}.`, { param });
}
