import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
} from '@ai-sdk/provider';
import type { AssistantMessage, Message, ToolCall, UserMessage } from '../request/message.ts';
import { gatherSystem, joinText } from './messages/gather-system.ts';
import { nameLegacyCalls } from './messages/name-legacy-calls.ts';
import { parseObject } from './messages/object-arguments.ts';
import { toSdkUserPart } from './to-sdk-user-part.ts';

/** What the model is told of a user's message without anything in it. */
const emptyMessage: LanguageModelV4TextPart[] = [{ type: 'text', text: '(empty message)' }];

type ProviderOptions = NonNullable<LanguageModelV4ToolCallPart['providerOptions']>;

/** What a provider wants back of its earlier answers, in the words of its package. */
export interface ReturnedParts {
  thoughts?(message: AssistantMessage): readonly LanguageModelV4ReasoningPart[];
  /** Of the last text of a message. */
  ofText?(message: AssistantMessage): ProviderOptions | undefined;
  ofCall?(call: ToolCall): ProviderOptions | undefined;
}

interface Prompting {
  readonly returned: ReturnedParts;
  /** Which tool a call id belongs to: results name only the id, the SDK wants both. */
  readonly names: Map<string, string>;
}

/**
 * A conversation as AI SDK provider packages take it. System messages in front become one, later ones a user's; results of
 * tools that follow each other one message; the legacy `function_call` and `function` role a tool call with its result.
 * Blank texts are left out, which these providers refuse and OpenAI takes: an answer or a system message that then says
 * nothing goes too, and a user's says that it is empty, for the turns to stay turns.
 */
export function toSdkPrompt(
  messages: readonly Message[],
  returned: ReturnedParts = {},
): LanguageModelV4Prompt {
  const prompting: Prompting = { returned, names: new Map() };
  const prompt: LanguageModelV4Prompt = [];
  for (const message of nameLegacyCalls(gatherSystem(messages, 'user'))) {
    const next = toSdkMessage(message, prompting);
    const last = prompt.at(-1);
    if (next.role === 'tool' && last?.role === 'tool') last.content.push(...next.content);
    else if (next.content.length > 0) prompt.push(next);
  }
  // OpenAI answers instructions alone.
  const isAsked = prompt.some(({ role }) => role !== 'system');
  return isAsked ? prompt : [...prompt, { role: 'user', content: emptyMessage }];
}

function toSdkMessage(message: Message, prompting: Prompting): LanguageModelV4Message {
  switch (message.role) {
    case 'developer':
    case 'system':
      return { role: 'system', content: isBlank(joinText(message.content)) ? '' : joinText(message.content) };
    case 'user':
      return { role: 'user', content: toUserParts(message) };
    case 'assistant':
      return toAssistantMessage(message, prompting);
    case 'tool':
      return toResult(message.tool_call_id, joinText(message.content), prompting);
    case 'function':
      return toResult(message.name, message.content ?? '', prompting);
  }
}

function toUserParts({ content }: UserMessage) {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  const said = parts.filter((part) => part.type !== 'text' || !isBlank(part.text));
  return said.length === 0 ? emptyMessage : said.map(toSdkUserPart);
}

function toAssistantMessage(
  message: AssistantMessage,
  { returned, names }: Prompting,
): LanguageModelV4Message {
  const calls = (message.tool_calls ?? []).map((call): LanguageModelV4ToolCallPart => {
    const { id, function: called } = call;
    names.set(id, called.name);
    const input = parseObject(called.arguments) ?? {};
    const options = returned.ofCall?.(call);
    const part = { type: 'tool-call', toolCallId: id, toolName: called.name, input } as const;
    return options === undefined ? part : { ...part, providerOptions: options };
  });
  const texts = toTexts(message, returned.ofText?.(message));
  return { role: 'assistant', content: [...(returned.thoughts?.(message) ?? []), ...texts, ...calls] };
}

function toTexts(message: AssistantMessage, options: ProviderOptions | undefined): LanguageModelV4TextPart[] {
  const { content = [], refusal = '' } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  // The other providers know no refusals: what the model said is what it said.
  const said = [...parts.map((part) => (part.type === 'text' ? part.text : part.refusal)), refusal];
  const texts = said.filter((one) => !isBlank(one)).map((text) => ({ type: 'text' as const, text }));
  if (options === undefined) return texts;
  const last = texts.at(-1) ?? { type: 'text' as const, text: '' };
  return [...texts.slice(0, -1), { ...last, providerOptions: options }];
}

function toResult(toolCallId: string, text: string, { names }: Prompting): LanguageModelV4Message {
  const toolName = names.get(toolCallId) ?? 'unknown';
  return {
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: text } }],
  };
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
