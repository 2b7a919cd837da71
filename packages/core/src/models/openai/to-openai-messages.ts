import { CaluteError } from '../../errors.ts';
import type { AssistantMessage, Message, ToolCall, UserMessage } from '../../request/message.ts';
import { fitCallIds } from '../messages/fit-call-ids.ts';
import { gatherSystem, joinText } from '../messages/gather-system.ts';
import { nameLegacyCalls } from '../messages/name-legacy-calls.ts';
import { toObjectText } from '../messages/object-arguments.ts';
import type { Dialect } from './dialect.ts';
import { toReturned } from './to-returned.ts';

/**
 * A conversation as a server of this dialect takes it: what the client sent, except that system and developer messages are
 * one message, text parts alone one text, the legacy `function_call` and `function` role a tool call with its result, and
 * arguments that are no object an empty one: not all servers know the newer role, the parts and the older calls, and many
 * parse the arguments.
 */
export function toOpenAiMessages(messages: readonly Message[], dialect: Dialect): readonly unknown[] {
  const gathered = nameLegacyCalls(gatherSystem(messages, dialect.lateSystem));
  const fitted = dialect.callIds === undefined ? gathered : fitCallIds(gathered, dialect.callIds);
  return fitted.map((message) => toOpenAiMessage(message, dialect));
}

function toOpenAiMessage(message: Message, dialect: Dialect): unknown {
  switch (message.role) {
    case 'user':
      return toUserMessage(message);
    case 'assistant':
      return toAssistantMessage(message, dialect);
    case 'developer':
    case 'system':
    case 'tool':
      return { ...message, content: joinText(message.content) };
    case 'function':
      return message;
  }
}

function toUserMessage(message: UserMessage): unknown {
  const { content } = message;
  if (typeof content === 'string') return message;
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (texts.length === content.length) return { ...message, content: texts.join('') };
  for (const part of content) {
    if (part.type !== 'file' || part.file.file_data !== undefined || part.file.file_id !== undefined)
      continue;
    const fault = 'A file part needs file_data or file_id.';
    throw new CaluteError('invalid_request', fault, { param: 'messages' });
  }
  return message;
}

function toAssistantMessage(
  { content, refusal, name, ...message }: AssistantMessage,
  { returns }: Dialect,
): unknown {
  const calls = message.tool_calls;
  return {
    role: message.role,
    // OpenAI wants it in any case, be it null beside calls; without calls null is refused by some servers.
    content: toContent(content) ?? (calls === undefined && refusal === undefined ? '' : null),
    refusal,
    name,
    ...toReturned(message, returns),
    tool_calls: calls?.map((call) => toCall(call, returns)),
  };
}

function toContent(content: AssistantMessage['content']): string | undefined {
  if (content === undefined || typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : part.refusal)).join('');
}

function toCall({ id, type, function: called, ...more }: ToolCall, returns: Dialect['returns']): unknown {
  const { name, arguments: text } = called;
  return { id, type, function: { name, arguments: toObjectText(text) }, ...toReturned(more, returns) };
}
