import { describe, expect, test } from 'vitest';
import { checkConversation } from './check-conversation.ts';
import { parseChatRequest } from './parse-chat-request.ts';

const user = { role: 'user', content: 'hi' };
const parse = (more: object, messages: readonly object[] = [user]) => {
  const chat = parseChatRequest({ model: 'm', messages, ...more });
  checkConversation(chat.messages);
  return chat;
};

describe('a request is taken that', () => {
  test.each(['tools', 'functions', 'stop'])('has an empty list of %s, which asks for nothing', (name) => {
    expect(parse({ [name]: [] })).toHaveProperty(name, undefined);
  });

  test.each<[string, object]>([
    ['no calls', { content: 'hi', tool_calls: [] }],
    ['no parts', { content: [] }],
    ['no text, after reasoning', { content: null, reasoning_content: 'Hmm' }],
    ['nothing', {}],
    [
      'null for all that it could have',
      { content: null, tool_calls: null, reasoning: null, extra_content: null },
    ],
  ])('has an answer with %s in its history', (_what, answer) => {
    const { messages } = parse({}, [user, { role: 'assistant', ...answer }, user]);
    const { role, tool_calls: calls } = messages[1] as { role: string; tool_calls?: unknown }; // because it is the answer
    expect({ role, calls }).toEqual({ role: 'assistant', calls: undefined });
  });

  test('switches top_k off by -1, as vLLM has it', () => {
    expect(parse({ top_k: -1 }).top_k).toBe(-1);
    expect(() => parse({ top_k: -2 })).toThrow(expect.objectContaining({ param: 'top_k' }));
  });

  test('brings what a provider wants back, unread', () => {
    const details = [{ type: 'reasoning.text', text: 'Hmm', signature: 'S' }, 'anything'];
    const signed = { extra_content: { google: { thought_signature: 'S' } } };
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, ...signed };
    const answer = {
      role: 'assistant',
      content: null,
      reasoning_details: details,
      ...signed,
      tool_calls: [call],
    };
    const { messages } = parse({}, [user, answer, { role: 'tool', tool_call_id: 'a', content: 'x' }]);
    expect(messages[1]).toMatchObject({ reasoning_details: details, ...signed, tool_calls: [signed] });
  });

  test.each([
    ['reasoning', { effort: 'low' }],
    ['reasoning_content', 5],
    ['reasoning_details', 'Hmm'],
    ['thinking_blocks', {}],
    ['extra_content', 'x'],
    ['provider_specific_fields', []],
  ])('has something else under %s, which is dropped like any unknown key', (name, value) => {
    const { messages } = parse({}, [user, { role: 'assistant', content: 'hi', [name]: value }, user]);
    expect(messages[1]).toHaveProperty(name, undefined);
  });
});
