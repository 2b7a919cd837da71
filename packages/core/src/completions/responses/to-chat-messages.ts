import { CaluteError } from '../../errors.ts';
import type { ContentPart, InputItem, MessageInput } from '../../protocol/responses/input-item.ts';
import type { AssistantMessage, Message, ToolCall, UserPart } from '../../request/message.ts';
import { toArguments, toModelName } from './client-tools.ts';
import { decodeThoughts, type Thoughts } from './thoughts.ts';
import { toUserPart } from './to-user-part.ts';

type Call = InputItem & { type: 'function_call' | 'custom_tool_call' };
type Output = InputItem & { type: 'function_call_output' | 'custom_tool_call_output' };
/** Grows item by item. */
type Turn = { -readonly [Field in keyof AssistantMessage]: AssistantMessage[Field] };

/**
 * The items of an input as a conversation. Items of one turn of the assistant (thoughts, text, calls) become one message. Images
 * in the output of a tool follow all outputs of that turn in a user's message, because a tool's message holds text alone.
 * References and files must have been resolved before.
 */
export function toChatMessages(items: readonly InputItem[]): Message[] {
  const conversation = new ChatConversation();
  for (const item of items) conversation.add(item);
  return conversation.finish();
}

class ChatConversation {
  readonly #messages: Message[] = [];
  /** The turn of the assistant that the next item may belong to. */
  #turn: Turn | undefined;
  #thoughts: Thoughts | undefined;
  #attachments: UserPart[] = [];

  add(item: InputItem): void {
    if (!isOutput(item)) this.#attach();
    switch (item.type) {
      case 'message':
        this.#addMessage(item);
        break;
      case 'function_call':
        this.#addCall(item, item.arguments);
        break;
      case 'custom_tool_call':
        this.#addCall(item, toArguments(item.input));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#addOutput(item);
        break;
      case 'reasoning':
        this.#think(toThoughts(item));
        break;
      case 'item_reference':
        throw new Error('References are resolved before.');
    }
  }

  finish(): Message[] {
    this.#attach();
    return this.#messages;
  }

  #addMessage({ role, content }: MessageInput): void {
    if (role === 'assistant') {
      this.#say(toText(content, role));
      return;
    }
    this.#turn = undefined;
    this.#thoughts = undefined;
    if (role === 'user') this.#messages.push({ role, content: toUserContent(content) });
    else this.#messages.push({ role: 'system', content: toText(content, role) });
  }

  #say(text: string): void {
    // Two texts without a call between them are two messages, as they were sent.
    if (this.#turn?.content !== undefined && this.#turn.tool_calls === undefined) this.#turn = undefined;
    const turn = this.#openTurn();
    turn.content = typeof turn.content === 'string' ? `${turn.content}\n${text}` : text;
  }

  #addCall(item: Call, modelArguments: string): void {
    const turn = this.#openTurn();
    const call: ToolCall = {
      id: item.call_id,
      type: 'function',
      function: { name: toModelName(item), arguments: modelArguments },
    };
    turn.tool_calls = [...(turn.tool_calls ?? []), call];
    this.#returnThoughts();
  }

  #addOutput({ call_id, output }: Output): void {
    this.#turn = undefined;
    this.#thoughts = undefined;
    const parts = typeof output === 'string' ? [] : output.filter((part) => !isText(part));
    this.#attachments.push(...parts.map(toUserPart));
    this.#messages.push({ role: 'tool', tool_call_id: call_id, content: toOutputText(output) });
  }

  /** Thoughts may come before what they led to, and what a provider wants back after it. */
  #think(thoughts: Thoughts): void {
    if (this.#turn === undefined) {
      this.#thoughts = { ...this.#thoughts, ...thoughts };
      return;
    }
    if (thoughts.message === undefined && thoughts.calls === undefined) {
      // Thoughts of the next turn.
      this.#turn = undefined;
      this.#thoughts = thoughts;
      return;
    }
    this.#thoughts = thoughts;
    this.#returnThoughts();
  }

  #openTurn(): Turn {
    if (this.#turn === undefined) {
      this.#turn = { role: 'assistant' };
      this.#messages.push(this.#turn);
    }
    this.#returnThoughts();
    return this.#turn;
  }

  #returnThoughts(): void {
    const { text, message, calls } = this.#thoughts ?? {};
    if (this.#turn === undefined) return;
    Object.assign(this.#turn, text === undefined ? {} : { reasoning_content: text }, message);
    for (const call of this.#turn.tool_calls ?? []) Object.assign(call, calls?.[call.id]);
  }

  #attach(): void {
    if (this.#attachments.length === 0) return;
    this.#messages.push({ role: 'user', content: this.#attachments });
    this.#attachments = [];
  }
}

function isOutput({ type }: InputItem): boolean {
  return type === 'function_call_output' || type === 'custom_tool_call_output';
}

function toThoughts({ encrypted_content, content, summary }: InputItem & { type: 'reasoning' }): Thoughts {
  if (encrypted_content !== undefined) return decodeThoughts(encrypted_content) ?? {};
  const parts = content ?? summary;
  const text = parts.map((part) => part.text).join('');
  return text === '' ? {} : { text };
}

function toUserContent(content: MessageInput['content']): string | UserPart[] {
  if (typeof content === 'string') return content;
  if (content.length === 0) throw invalid('a message of the user needs at least one part');
  return content.map(toUserPart);
}

function toText(content: MessageInput['content'], role: string): string {
  if (typeof content === 'string') return content;
  return content
    .map((part) => {
      if (part.type === 'refusal') return part.refusal;
      if (isText(part)) return part.text;
      throw invalid(`a message of the role "${role}" holds text alone, not "${part.type}"`);
    })
    .join('');
}

function toOutputText(output: MessageInput['content']): string {
  if (typeof output === 'string') return output;
  const texts = output.filter(isText).map(({ text }) => text);
  return texts.length === 0 && output.length > 0 ? 'See the attachment below.' : texts.join('\n');
}

function isText(part: ContentPart): part is ContentPart & { readonly text: string } {
  return 'text' in part;
}

function invalid(expectation: string): CaluteError {
  return new CaluteError('invalid_request', `Invalid 'input': ${expectation}.`, { param: 'input' });
}
