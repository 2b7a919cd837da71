import { expect, it } from 'vitest';
import { parseInput } from '../../protocol/responses/parse-response-request.ts';
import { encodeThoughts } from './thoughts.ts';
import { toChatMessages } from './to-chat-messages.ts';

const translate = (...items: readonly Record<string, unknown>[]) =>
  toChatMessages(parseInput(items, 'input'));
const user = { role: 'user', content: 'Go' };
const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
const output = (id: string, said: unknown) => ({ type: 'function_call_output', call_id: id, output: said });
const toolCall = (id: string, more: object = {}) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{}' },
  ...more,
});

it('makes one message of the text and the calls of a turn, and one of each output', () => {
  const said = { role: 'assistant', content: [{ type: 'output_text', text: 'Two calls.' }] };
  expect(translate(user, said, call('a'), call('b'), output('a', '1'), output('b', '2'), user)).toEqual([
    user,
    { role: 'assistant', content: 'Two calls.', tool_calls: [toolCall('a'), toolCall('b')] },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: '2' },
    user,
  ]);
});

it('leaves two texts of the assistant two messages', () => {
  const [one, two] = [
    { role: 'assistant', content: 'One' },
    { role: 'assistant', content: 'Two' },
  ];
  expect(translate(user, one, two)).toEqual([user, one, two]);
});

it.each([true, false])('gives thoughts back to what they led to; before it: %s', (before) => {
  const opaque = { extra_content: { google: { thought_signature: 'S' } } };
  const reasoning = {
    type: 'reasoning',
    summary: [],
    encrypted_content: encodeThoughts({
      text: 'Hm.',
      message: { thinking_blocks: [1] },
      calls: { a: opaque },
    }),
  };
  const turn = before ? [reasoning, call('a')] : [call('a'), reasoning];
  expect(translate(user, ...turn, output('a', 'x'))).toEqual([
    user,
    {
      role: 'assistant',
      reasoning_content: 'Hm.',
      thinking_blocks: [1],
      tool_calls: [toolCall('a', opaque)],
    },
    { role: 'tool', tool_call_id: 'a', content: 'x' },
  ]);
});

it('drops thoughts of another server', () => {
  const foreign = { type: 'reasoning', summary: [], encrypted_content: 'gAAAAABo…' };
  expect(translate(user, foreign, { role: 'assistant', content: 'Yes' })).toEqual([
    user,
    { role: 'assistant', content: 'Yes' },
  ]);
});

it('puts the images of tools behind all their outputs', () => {
  const image = { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' };
  const parts = [{ type: 'input_text', text: 'A picture' }, image];
  expect(translate(user, call('a'), call('b'), output('a', parts), output('b', '2'))).toMatchObject([
    user,
    { role: 'assistant' },
    { role: 'tool', tool_call_id: 'a', content: 'A picture' },
    { role: 'tool', tool_call_id: 'b' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: image.image_url, detail: 'low' } }] },
  ]);
});

it.each([
  ['notes.md', undefined, { type: 'text', text: 'notes.md:\nhello' }],
  ['data.json', 'application/json', { type: 'text', text: 'data.json:\nhello' }],
  [
    'paper.pdf',
    undefined,
    { type: 'file', file: { file_data: 'data:application/pdf;base64,aGVsbG8=', filename: 'paper.pdf' } },
  ],
  ['a.png', undefined, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } }],
])('takes the file %s for what it is', (filename, mediaType, part) => {
  const data = 'aGVsbG8=';
  const file_data = mediaType === undefined ? data : `data:${mediaType};charset=utf-8;base64,${data}`;
  const content = [{ type: 'input_file', filename, file_data }];
  expect(translate({ role: 'user', content })).toEqual([{ role: 'user', content: [part] }]);
});

it.each([
  [[{ type: 'input_file', file_url: 'https://example.com/a.pdf' }], 'files are not fetched'],
  [[{ type: 'input_image' }], 'an image needs'],
  [[], 'at least one part'],
])('refuses %j with a sentence', (content, sentence) => {
  expect(() => translate({ role: 'user', content })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(sentence) }),
  );
});
