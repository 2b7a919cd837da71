import { describe, expect, test } from 'vitest';
import type { Message } from '../request/message.ts';
import { checkConversation } from './check-conversation.ts';

const user: Message = { role: 'user', content: 'hello' };
const tool = (id: string): Message => ({ role: 'tool', tool_call_id: id, content: 'done' });
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});

describe('checkConversation', () => {
  test.each<[string, Message[]]>([
    ['plain turns', [user, { role: 'assistant', content: 'hi' }, user]],
    ['calls answered in any order', [user, calls('a', 'b'), tool('b'), tool('a'), user]],
    ['calls answered at the end', [user, calls('a'), tool('a')]],
    ['an id used again later', [user, calls('a'), tool('a'), calls('a'), tool('a')]],
    ['an answer of reasoning alone, which had no text', [user, { role: 'assistant' }, user]],
    ['a refusal without content', [user, { role: 'assistant', refusal: 'no' }, user]],
  ])('accepts %s', (_name, messages) => {
    expect(() => checkConversation(messages)).not.toThrow();
  });

  test.each<[string, Message[], string]>([
    ['no message', [], 'messages'],
    ['a tool message that comes first', [tool('a')], 'messages.0.tool_call_id'],
    ['a tool message for a call nobody made', [user, calls('a'), tool('b')], 'messages.2.tool_call_id'],
    [
      'a tool message after another turn',
      [user, calls('a'), tool('a'), user, tool('a')],
      'messages.4.tool_call_id',
    ],
    ['a second answer', [user, calls('a'), tool('a'), tool('a')], 'messages.3.tool_call_id'],
    [
      'a call unanswered before the next turn',
      [user, calls('a', 'b'), tool('a'), user],
      'messages.1.tool_calls',
    ],
    ['a call unanswered at the end', [user, calls('a')], 'messages.1.tool_calls'],
    ['two calls with one id', [user, calls('a', 'a'), tool('a')], 'messages.1.tool_calls'],
  ])('refuses %s', (_name, messages, param) => {
    expect(() => checkConversation(messages)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param }),
    );
  });
});
