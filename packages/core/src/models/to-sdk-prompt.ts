import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCallPart,
} from '@ai-sdk/provider';
import type { ChatMessage } from '../protocol/chat-message.ts';
import { toSdkUserPart } from './to-sdk-user-part.ts';

type Role<Name extends ChatMessage['role']> = ChatMessage & { readonly role: Name };

/** Which tool a call id belongs to: results name only the id, the SDK wants both. */
interface Calls {
  readonly names: Map<string, string>;
  /** Calls of the legacy `function_call`, which have no id, still without a result. */
  readonly legacy: { readonly id: string; readonly name: string }[];
}

/**
 * A conversation as AI SDK provider packages take it. Developer messages become system messages, results of tools that follow
 * each other one message, and the legacy `function_call` and `function` role a tool call with its result.
 */
export function toSdkPrompt(messages: readonly ChatMessage[]): LanguageModelV4Prompt {
  const calls: Calls = { names: new Map(), legacy: [] };
  const prompt: LanguageModelV4Prompt = [];
  for (const message of messages) {
    const next = toSdkMessage(message, calls);
    const last = prompt.at(-1);
    if (next.role === 'tool' && last?.role === 'tool') last.content.push(...next.content);
    else prompt.push(next);
  }
  return prompt;
}

function toSdkMessage(message: ChatMessage, calls: Calls): LanguageModelV4Message {
  switch (message.role) {
    case 'developer':
    case 'system':
      return { role: 'system', content: joinText(message.content) };
    case 'user':
      return toUserMessage(message);
    case 'assistant':
      return toAssistantMessage(message, calls);
    case 'tool':
      return toResult(
        message.tool_call_id,
        calls.names.get(message.tool_call_id) ?? 'unknown',
        joinText(message.content),
      );
    case 'function':
      return toResult(takeLegacyId(message.name, calls), message.name, message.content ?? '');
  }
}

function toUserMessage(message: Role<'user'>): LanguageModelV4Message {
  const { content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  return { role: 'user', content: parts.map(toSdkUserPart) };
}

function toAssistantMessage(message: Role<'assistant'>, calls: Calls): LanguageModelV4Message {
  const { content = [], refusal = '' } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  // The other providers know no refusals: what the model said is what it said.
  const texts = [...parts.map((part) => (part.type === 'text' ? part.text : part.refusal)), refusal];
  const text = texts.filter((one) => one !== '').map((one) => ({ type: 'text' as const, text: one }));
  return { role: 'assistant', content: [...text, ...toToolCalls(message, calls)] };
}

function toToolCalls({ tool_calls: toolCalls = [], function_call: legacy }: Role<'assistant'>, calls: Calls) {
  const legacyCalls =
    legacy === undefined ? [] : [{ id: `call_legacy_${calls.names.size}`, function: legacy }];
  calls.legacy.push(...legacyCalls.map(({ id }) => ({ id, name: legacy?.name ?? '' })));
  return [...toolCalls, ...legacyCalls].map(
    ({ id, function: { name, arguments: text } }): LanguageModelV4ToolCallPart => {
      calls.names.set(id, name);
      return { type: 'tool-call', toolCallId: id, toolName: name, input: parseArguments(text) };
    },
  );
}

function takeLegacyId(name: string, { legacy }: Calls): string {
  const at = legacy.findIndex((call) => call.name === name);
  return at === -1 ? `call_legacy_${name}` : (legacy.splice(at, 1)[0]?.id ?? '');
}

function toResult(toolCallId: string, toolName: string, text: string): LanguageModelV4Message {
  return {
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: text } }],
  };
}

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function joinText(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
