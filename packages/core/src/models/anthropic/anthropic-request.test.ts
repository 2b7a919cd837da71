import { describe, expect, test } from 'vitest';
import type { Message, ToolCall } from '../../request/message.ts';
import { emptyCall, type Sent, spy } from '../fake-upstream.ts';
import type { ModelCall } from '../model-provider.ts';
import { createAnthropicProvider } from './anthropic.ts';

const usage = { input_tokens: 1, output_tokens: 1 };
const answer = [
  { type: 'message_start', message: { id: 'm', role: 'assistant', model: 'c', content: [], usage } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');

async function sentBy(call: Partial<ModelCall>): Promise<Sent> {
  const { fetch, sent } = spy(answer);
  const provider = createAnthropicProvider('claude-sonnet-4-5', { apiKey: 'sk-secret' }, fetch);
  await Array.fromAsync(provider.stream({ ...emptyCall, ...call }, new AbortController().signal));
  return sent;
}

describe('a request to Anthropic', () => {
  test('goes to the messages endpoint with the key and the version', async () => {
    const { url, headers, body } = await sentBy({});
    expect(url).toBe('https://api.anthropic.com/v1/messages');
    expect(headers.get('x-api-key')).toBe('sk-secret');
    expect(headers.get('anthropic-version')).toBe('2023-06-01');
    expect(body).toMatchObject({ model: 'claude-sonnet-4-5', stream: true });
    expect(body['messages']).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
  });

  test('has the sampling values that Anthropic knows, and none of the others', async () => {
    const { body } = await sentBy({
      sampling: {
        maxTokens: 50,
        temperature: 0,
        topK: 3,
        stop: ['END'],
        minP: 0.1,
        presencePenalty: 1,
        frequencyPenalty: 1,
        repetitionPenalty: 1.1,
      },
    });
    expect(body).toMatchObject({ max_tokens: 50, temperature: 0, top_k: 3, stop_sequences: ['END'] });
    expect(Object.keys(body).sort()).toEqual(
      ['max_tokens', 'messages', 'model', 'stop_sequences', 'stream', 'temperature', 'top_k'].sort(),
    );
  });

  test('has the parameters that Anthropic honours', async () => {
    const tool = { type: 'function' as const, function: { name: 'f', parameters: { type: 'object' } } };
    const { body } = await sentBy({
      tools: [{ ...tool, function: { ...tool.function, description: undefined, strict: undefined } }],
      parameters: { parallel_tool_calls: false, user: 'me', reasoning_effort: 'low' },
    });
    expect(body).toMatchObject({
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      metadata: { user_id: 'me' },
      thinking: { type: 'enabled', budget_tokens: expect.any(Number) },
    });
  });

  test('that answers a tool asks for no thoughts when those before the call are lost', async () => {
    const call = { id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{"x":1}' } };
    const { body } = await sentBy({
      messages: [
        { role: 'user', content: 'hi', name: undefined },
        { role: 'assistant', content: undefined, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: 'done' },
      ],
      parameters: { reasoning_effort: 'low' },
    });
    expect(body).not.toHaveProperty('thinking');
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'done' }] },
    ]);
  });

  const format = 'anthropic-claude-v1';
  const callOf = (id: string, args: string): ToolCall => ({
    id,
    type: 'function',
    function: { name: 'f', arguments: args },
  });

  test('that answers a tool returns signed and redacted thoughts, in front, and asks for more', async () => {
    const reasoning_details = [
      { type: 'reasoning.text', text: 'Hmm', signature: 'S', format, index: 0 },
      { type: 'reasoning.encrypted', data: 'D', format, index: 1 },
      { type: 'reasoning.text', text: 'unsigned', format, index: 2 },
      { type: 'reasoning.text', text: 'of another', signature: 'X', format: 'google-gemini-v1', index: 3 },
    ];
    const { body } = await sentBy({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'well', reasoning_details, tool_calls: [callOf('a', '{}')] },
        { role: 'tool', tool_call_id: 'a', content: 'done' },
      ],
      parameters: { reasoning_effort: 'low' },
    });
    expect(body).toMatchObject({ thinking: { type: 'enabled' } });
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      {
        content: [
          { type: 'thinking', thinking: 'Hmm', signature: 'S' },
          { type: 'redacted_thinking', data: 'D' },
          { type: 'text', text: 'well' },
          { type: 'tool_use', id: 'a' },
        ],
      },
      { role: 'user' },
    ]);
  });

  test("takes the thoughts of LiteLLM's clients as well", async () => {
    const thinking_blocks = [
      { type: 'thinking', thinking: 'Hmm', signature: 'S' },
      { type: 'redacted_thinking', data: 'D' },
      'junk',
    ];
    const { body } = await sentBy({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'well', thinking_blocks },
        { role: 'user', content: 'and?' },
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      { content: [{ type: 'thinking', signature: 'S' }, { type: 'redacted_thinking' }, { text: 'well' }] },
      {},
    ]);
  });

  test('has ids of calls that Anthropic takes, each once, the same for call and result', async () => {
    const turn = (args: string): Message[] => [
      { role: 'assistant', tool_calls: [callOf('functions.f:0', args)] },
      { role: 'tool', tool_call_id: 'functions.f:0', content: 'done' },
    ];
    const { body } = await sentBy({
      messages: [{ role: 'user', content: 'hi' }, ...turn(''), ...turn('{"x": '), ...turn('[1]')],
    });
    const messages = body['messages'] as { content: Record<string, unknown>[] }[]; // because that is the messages API
    const blocks = messages.flatMap(({ content }) => content);
    const called = blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id] : []));
    const answered = blocks.flatMap(({ type, tool_use_id: id }) => (type === 'tool_result' ? [id] : []));
    expect(called).toEqual(answered);
    expect(new Set(called).size).toBe(3);
    for (const id of called) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(blocks.flatMap(({ type, input }) => (type === 'tool_use' ? [input] : []))).toEqual([{}, {}, {}]);
  });

  test('has no text without a letter, and no message that then says nothing', async () => {
    const { body } = await sentBy({
      messages: [
        { role: 'system', content: ' ' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '\n' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'go on' },
          ],
        },
      ],
    });
    expect(body).not.toHaveProperty('system');
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: 'go on' },
        ],
      },
    ]);
  });

  test('says of a question without text that it is empty, which OpenAI takes', async () => {
    const messages: Message[] = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yes?' },
      { role: 'user', content: '' },
    ];
    const { body } = await sentBy({ messages });
    expect(body['messages']).toMatchObject([{}, {}, { content: [{ text: '(empty message)' }] }]);
    const alone = await sentBy({ messages: [{ role: 'system', content: 'Say hi.' }] });
    expect(alone.body['messages']).toMatchObject([{ content: [{ text: '(empty message)' }] }]);
  });

  test('has one system text in front, and a later one where it stands', async () => {
    const { body } = await sentBy({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'yes?' },
        { role: 'system', content: 'Now in French.' },
        { role: 'user', content: 'go on' },
      ],
    });
    expect(body['system']).toEqual([{ type: 'text', text: 'Be brief.\n\nBe kind.' }]);
    expect(body['messages']).toMatchObject([
      {},
      {},
      { role: 'user', content: [{ text: '<system>\nNow in French.\n</system>' }, { text: 'go on' }] },
    ]);
  });

  test('has U+FFFD in place of half an emoji', async () => {
    const { body } = await sentBy({ messages: [{ role: 'user', content: 'a\ud83d b' }] });
    expect(body['messages']).toMatchObject([{ content: [{ text: 'a\ufffd b' }] }]);
  });

  test('for JSON has the schema, and is refused without one', async () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const json_schema = { name: 'a', description: undefined, schema, strict: undefined };
    const { body } = await sentBy({ parameters: { response_format: { type: 'json_schema', json_schema } } });
    expect(body).toMatchObject({ output_config: { format: { type: 'json_schema', schema } } });
    const loose = sentBy({ parameters: { response_format: { type: 'json_object' } } });
    await expect(loose).rejects.toMatchObject({ code: 'unsupported_parameter', param: 'response_format' });
  });

  test('with a file of OpenAI is refused', async () => {
    const file = { file_id: 'file-1', file_data: undefined, filename: undefined };
    const messages = [{ role: 'user' as const, content: [{ type: 'file' as const, file }], name: undefined }];
    await expect(sentBy({ messages })).rejects.toMatchObject({ code: 'unsupported_parameter' });
  });
});
