import { describe, expect, test } from 'vitest';
import type { Message, TextPart, ToolCall, UserPart } from '../../request/message.ts';
import { toClient } from '../fake-upstream.ts';
import { createOpenAiProvider } from './create-openai-provider.ts';

/** What an OpenAI-compatible upstream gets for these messages. */
async function send(messages: readonly Message[], host = 'vllm.test'): Promise<unknown> {
  let sent: unknown;
  const upstream = toClient(async (_url, init) => {
    sent = JSON.parse(String(init?.body)).messages;
    return new Response('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n');
  });
  const provider = createOpenAiProvider('m', { baseUrl: `https://${host}/v1` }, upstream);
  const call = { messages, sampling: {}, tools: [], toolChoice: undefined, parameters: {} };
  await Array.fromAsync(provider.stream(call, new AbortController().signal));
  return sent;
}

describe('an OpenAI-compatible upstream', () => {
  test.each<[string, Message]>([
    ['a system message', { role: 'system', content: 'Be brief.' }],
    ['a named user', { role: 'user', content: 'hi', name: 'ann' }],
    [
      'an image by URL, byte by byte as sent',
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'https://x.test/a b.png?q=ü', detail: 'low' } }],
      },
    ],
    [
      'an image by data URL',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
    [
      'sound',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] },
    ],
    [
      'more sound',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '//uQ', format: 'mp3' } }] },
    ],
    [
      'a PDF',
      {
        role: 'user',
        content: [
          { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERg==', filename: 'a.pdf' } },
        ],
      },
    ],
    ['an uploaded file', { role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }],
    ['a refusal', { role: 'assistant', content: 'No.', refusal: 'I cannot.' }],
  ])('gets %s as the client sent it', async (_, message) => {
    expect(await send([message])).toEqual([message]);
  });

  test('gets developer messages as system messages, and text parts joined', async () => {
    const content: TextPart[] = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(await send([{ role: 'developer', content }])).toEqual([{ role: 'system', content: 'ab' }]);
  });

  test('gets tool calls with their arguments untouched, and each result', async () => {
    const call = (id: string, args: string): ToolCall => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: args },
    });
    const messages: Message[] = [
      { role: 'assistant', tool_calls: [call('1', '{ "a": 1.0 }'), call('2', '{}')] },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: 'two' },
    ];
    const [asked, ...results] = messages;
    expect(await send(messages)).toEqual([{ ...asked, content: null }, ...results]);
  });

  test.each(['', ' ', '{"a": ', '[1]', '"a"', 'null'])(
    'gets an empty object for the arguments %j, which many servers cannot parse',
    async (args) => {
      const call: ToolCall = { id: '1', type: 'function', function: { name: 'f', arguments: args } };
      const messages: Message[] = [
        { role: 'assistant', content: 'x', tool_calls: [call] },
        { role: 'tool', tool_call_id: '1', content: 'no' },
      ];
      expect(await send(messages)).toMatchObject([{ tool_calls: [{ function: { arguments: '{}' } }] }, {}]);
    },
  );

  test('gets one text for text parts alone, and a list where there is more', async () => {
    const text = (value: string): TextPart => ({ type: 'text', text: value });
    const image: UserPart = { type: 'image_url', image_url: { url: 'https://x.test/a.png' } };
    const messages: Message[] = [
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'assistant', content: [text('c'), { type: 'refusal', refusal: 'd' }] },
      { role: 'user', content: [text('e'), image] },
    ];
    expect(await send(messages)).toEqual([
      { role: 'user', content: 'ab' },
      { role: 'assistant', content: 'cd' },
      { role: 'user', content: [text('e'), image] },
    ]);
  });

  test('gets one system message for those that stand together', async () => {
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
      { role: 'system', content: '' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Now in French.' },
    ];
    expect(await send(messages)).toEqual([
      { role: 'system', content: 'Be brief.\n\nBe kind.' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Now in French.' },
    ]);
  });

  test('gets a text for an answer that had none', async () => {
    expect(await send([{ role: 'assistant' }, { role: 'user', content: 'hi' }])).toEqual([
      { role: 'assistant', content: '' },
      { role: 'user', content: 'hi' },
    ]);
  });

  test('gets U+FFFD in place of half an emoji, and everything else as it is', async () => {
    const text = 'a\ud83d b \ude00 🙂 \\ud83d \u0000';
    expect(await send([{ role: 'user', content: text }])).toEqual([
      { role: 'user', content: 'a\ufffd b \ufffd 🙂 \\ud83d \u0000' },
    ]);
  });

  test('gets the legacy function_call and function role as a tool call with its result', async () => {
    const messages: Message[] = [
      { role: 'assistant', function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'one' },
      { role: 'assistant', function_call: { name: 'f', arguments: '{"x":1}' } },
      { role: 'function', name: 'f', content: null },
    ];
    expect(await send(messages)).toMatchObject([
      { tool_calls: [{ id: 'call_legacy_0', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'call_legacy_0', content: 'one' },
      { tool_calls: [{ id: 'call_legacy_1', function: { name: 'f', arguments: '{"x":1}' } }] },
      { role: 'tool', tool_call_id: 'call_legacy_1', content: '' },
    ]);
  });

  test('is not asked to take a file part without a file', async () => {
    const empty: Message = { role: 'user', content: [{ type: 'file', file: {} }] };
    await expect(send([empty])).rejects.toMatchObject({ code: 'invalid_request', param: 'messages' });
  });
});
