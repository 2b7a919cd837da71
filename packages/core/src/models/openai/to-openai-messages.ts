import { CaluteError } from '../../errors.ts';
import type { ChatMessage } from '../../protocol/chat-message.ts';

type Role<Name extends ChatMessage['role']> = ChatMessage & { readonly role: Name };

/**
 * A conversation as any OpenAI-compatible server takes it: what the client sent, except that developer messages become
 * system messages, text parts of these and of results one text, and the legacy `function_call` and `function` role a tool
 * call with its result, because not all servers know the newer role, the parts, and the older calls.
 */
export function toOpenAiMessages(messages: readonly ChatMessage[]): readonly unknown[] {
  const legacy: LegacyCalls = { made: 0, open: [] };
  return messages.map((message) => toOpenAiMessage(message, legacy));
}

/** Calls of the legacy `function_call`, which have no id. */
interface LegacyCalls {
  made: number;
  /** Those still without a result. */
  readonly open: { readonly id: string; readonly name: string }[];
}

function toOpenAiMessage(message: ChatMessage, legacy: LegacyCalls): unknown {
  switch (message.role) {
    case 'developer':
    case 'system':
      return { ...message, role: 'system', content: joinText(message.content) };
    case 'user':
      checkParts(message);
      return message;
    case 'assistant':
      return toAssistantMessage(message, legacy);
    case 'tool':
      return { ...message, content: joinText(message.content) };
    case 'function':
      return {
        role: 'tool',
        tool_call_id: takeLegacyId(message.name, legacy),
        content: message.content ?? '',
      };
  }
}

function checkParts({ content }: Role<'user'>): void {
  if (typeof content === 'string') return;
  for (const part of content) {
    if (part.type !== 'file' || part.file.file_data !== undefined || part.file.file_id !== undefined)
      continue;
    const message = 'A file part needs file_data or file_id.';
    throw new CaluteError('invalid_request', message, { param: 'messages' });
  }
}

function toAssistantMessage(message: Role<'assistant'>, legacy: LegacyCalls): unknown {
  const { function_call: called, tool_calls: calls = [], ...rest } = message;
  // OpenAI wants `content` in any case, be it null.
  const content = rest.content ?? null;
  if (called === undefined) return { ...message, content };
  const id = `call_legacy_${legacy.made++}`;
  legacy.open.push({ id, name: called.name });
  return { ...rest, content, tool_calls: [...calls, { id, type: 'function', function: called }] };
}

function takeLegacyId(name: string, { open }: LegacyCalls): string {
  const at = open.findIndex((call) => call.name === name);
  return at === -1 ? `call_legacy_${name}` : (open.splice(at, 1)[0]?.id ?? '');
}

function joinText(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
