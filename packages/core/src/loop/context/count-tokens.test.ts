import { expect, test } from 'vitest';
import type { Message, ToolCall } from '../../request/message.ts';
import { createTokenCounter, estimateTokens } from './count-tokens.ts';

test.each([
  ['', 0],
  ['four', 1],
  ['fours', 2],
  ['漢字', 2],
  ['👩‍👩‍👧', 5],
])('the estimate of "%s" is %i, a token for four bytes', (text, tokens) => {
  expect(estimateTokens(text)).toBe(tokens);
});

const call: ToolCall = { id: 'c', type: 'function', function: { name: 'f123', arguments: '{"a":12345678}' } };

test.each<[string, Message, number]>([
  ['its text', { role: 'user', content: 'x'.repeat(40) }, 14],
  ['its parts', { role: 'user', content: [{ type: 'text', text: 'x'.repeat(40) }] }, 14],
  [
    'a flat sum for an image, however large',
    {
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(99_999)}` } }],
    },
    1004,
  ],
  [
    'sound and files by their size',
    {
      role: 'user',
      content: [
        { type: 'input_audio', input_audio: { data: 'A'.repeat(5000), format: 'mp3' } },
        { type: 'file', file: { file_data: 'A'.repeat(1600) } },
      ],
    },
    109,
  ],
  ['the calls of tools', { role: 'assistant', tool_calls: [call] }, 9],
  ['a refusal', { role: 'assistant', refusal: 'x'.repeat(8) }, 6],
])('a message counts %s', (_, message, tokens) => {
  expect(createTokenCounter().ofMessage(message)).toBe(tokens);
});

test('tools and the format are counted with each call', () => {
  const frame = { messages: [], sampling: {}, toolChoice: undefined };
  const tool = {
    type: 'function' as const,
    function: { name: 'f', description: undefined, parameters: undefined, strict: undefined },
  };
  const counter = createTokenCounter();
  expect(counter.ofFrame({ ...frame, tools: [], parameters: {} })).toBe(0);
  expect(counter.ofFrame({ ...frame, tools: [tool], parameters: {} })).toBeGreaterThan(5);
  const parameters = { response_format: { type: 'json_object' as const } };
  expect(counter.ofFrame({ ...frame, tools: [], parameters })).toBeGreaterThan(3);
});
