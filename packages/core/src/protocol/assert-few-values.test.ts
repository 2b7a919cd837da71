import { expect, test } from 'vitest';
import { parseChatRequest } from './parse-chat-request.ts';
import { parseResponseRequest } from './responses/parse-response-request.ts';

const many = Array(3_000_000).fill(0);
const some = Array.from({ length: 2000 }, () => ({ role: 'user', content: Array(2000).fill(0) }));
const long = Array.from({ length: 2048 }, () => ({ role: 'user', content: [{ type: 'text', text: 'Hi' }] }));

test.each([
  ['parts', [{ role: 'user', content: many }]],
  ['calls', [{ role: 'assistant', tool_calls: many }]],
  ['messages of many parts', some],
])('a body of very many %s is refused before a schema notes a fault for each', (_, messages) => {
  const refusal = { code: 'invalid_request', message: expect.stringContaining('200000 values') };
  expect(() => parseChatRequest({ model: 'a', messages })).toThrow(expect.objectContaining(refusal));
  expect(() => parseResponseRequest({ model: 'a', input: messages })).toThrow(
    expect.objectContaining(refusal),
  );
});

test('as many messages as there may be are not too many', () => {
  expect(parseChatRequest({ model: 'a', messages: long }).messages).toHaveLength(2048);
});
