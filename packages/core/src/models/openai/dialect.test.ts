import { describe, expect, test } from 'vitest';
import type { Message } from '../../request/message.ts';
import { emptyCall } from '../fake-upstream.ts';
import { type Dialect, findDialect } from './dialect.ts';
import { toOpenAiRequestBody } from './openai-request-body.ts';

const thoughts = {
  reasoning: 'Hmm',
  reasoning_content: 'Hmm',
  reasoning_details: [{ type: 'reasoning.text', text: 'Hmm' }],
  thinking_blocks: [{ type: 'thinking', thinking: 'Hmm' }],
  extra_content: { google: { thought_signature: 'M' } },
};
const ofCall = { extra_content: { google: { thought_signature: 'C' } } };
const longId = `call_${'x'.repeat(60)}`;
const messages: Message[] = [
  { role: 'user', content: 'hi' },
  {
    role: 'assistant',
    ...thoughts,
    tool_calls: [{ id: longId, type: 'function', function: { name: 'f', arguments: '{}' }, ...ofCall }],
  },
  { role: 'tool', tool_call_id: longId, content: 'done' },
];
const sampling = { maxTokens: 5, topK: -1, minP: 0.1, repetitionPenalty: 1.1 };

function sentTo(hostname: string, settings?: Partial<Dialect>) {
  const call = { ...emptyCall, messages, sampling };
  const body = JSON.parse(toOpenAiRequestBody('m', call, findDialect(hostname, settings)));
  const [, answer, result] = body.messages;
  const [call0] = answer.tool_calls;
  expect(call0.id).toBe(result.tool_call_id);
  const returned = Object.keys(answer).filter((name) => name in thoughts);
  return {
    body,
    answer,
    id: call0.id,
    returned,
    ofCall: Object.keys(call0).filter((name) => name in ofCall),
  };
}

describe('a server that speaks chat completions', () => {
  test('of no known host gets what came, under the names by which it came', () => {
    const sent = sentTo('localhost');
    expect(sent.answer).toMatchObject(thoughts);
    expect(sent).toMatchObject({ id: longId, ofCall: ['extra_content'] });
    expect(sent.body).toMatchObject({ max_tokens: 5, top_k: -1, min_p: 0.1, repetition_penalty: 1.1 });
    expect(sent.body).toMatchObject({ stream_options: { include_usage: true } });
  });

  test.each(['api.openai.com', 'mine.openai.azure.com'])('at %s gets nothing that OpenAI refuses', (host) => {
    const sent = sentTo(host);
    expect(sent).toMatchObject({ returned: [], ofCall: [] });
    expect(sent.id).toMatch(/^call_[0-9a-f]{24}$/);
    expect(sent.body).toHaveProperty('max_completion_tokens', 5);
    for (const name of ['max_tokens', 'top_k', 'min_p', 'repetition_penalty'])
      expect(sent.body).not.toHaveProperty(name);
  });

  test('at Mistral gets ids of nine letters and digits, and no foreign fields', () => {
    const sent = sentTo('api.mistral.ai');
    expect(sent).toMatchObject({ returned: [], ofCall: [] });
    expect(sent.id).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test.each([
    ['api.groq.com', ['reasoning'], []],
    ['api.cerebras.ai', ['reasoning'], []],
    ['api.fireworks.ai', ['reasoning_content'], []],
    ['openrouter.ai', ['reasoning', 'reasoning_details'], []],
    ['generativelanguage.googleapis.com', ['extra_content'], ['extra_content']],
  ])('at %s gets only %j back, and %j of a call', (host, returned, call) => {
    expect(sentTo(host)).toMatchObject({ returned, ofCall: call });
  });

  test('that takes reasoning under one name gets it under that, whatever the history calls it', () => {
    const answer: Message = { role: 'assistant', content: 'x', reasoning_content: 'Hmm' };
    const call = { ...emptyCall, messages: [answer] };
    const toGroq = JSON.parse(toOpenAiRequestBody('m', call, findDialect('api.groq.com')));
    expect(toGroq.messages).toEqual([{ role: 'assistant', content: 'x', reasoning: 'Hmm' }]);
    const toOwn = JSON.parse(toOpenAiRequestBody('m', call, findDialect('localhost')));
    expect(toOwn.messages).toEqual([{ role: 'assistant', content: 'x', reasoning_content: 'Hmm' }]);
  });

  test('gets what its settings say', () => {
    const settings = { streamOptions: false, maxTokensField: 'max_completion_tokens', returns: [] } as const;
    const { body, returned } = sentTo('localhost', settings);
    expect(body).not.toHaveProperty('stream_options');
    expect(body).toHaveProperty('max_completion_tokens', 5);
    expect(returned).toEqual([]);
  });
});
