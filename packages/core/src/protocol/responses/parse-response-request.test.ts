import { expect, it } from 'vitest';
import { parseResponseRequest } from './parse-response-request.ts';

const parse = (body: object) => parseResponseRequest({ model: 'm', ...body });

it('takes a text for a message, a role for a message, and a bare id for a reference', () => {
  expect(parse({ input: 'Hi' }).input).toEqual([{ type: 'message', role: 'user', content: 'Hi' }]);
  expect(
    parse({ input: [{ role: 'user', content: 'Hi', type: null }, { id: 'msg_1' }] }).input,
  ).toMatchObject([{ type: 'message' }, { type: 'item_reference', id: 'msg_1' }]);
});

it('tolerates null and unknown keys', () => {
  expect(
    parse({ input: 'Hi', temperature: null, tools: [], moderation: 'x', conversation: { id: 'c' } }),
  ).toEqual({
    model: 'm',
    conversation: 'c',
    input: [{ type: 'message', role: 'user', content: 'Hi' }],
  });
});

it.each([
  [{ tools: [{ type: 'web_search' }] }, 'tools.0.type', 'unsupported_parameter', 'web_search'],
  [
    { tools: [{ type: 'namespace', name: 'x', tools: [{ type: 'mcp' }] }] },
    'tools.0.tools.0.type',
    'unsupported_parameter',
    'mcp',
  ],
  [{ tools: [{ type: 'custom' }] }, 'tools.0.name', 'invalid_request', 'string'],
  [{ tool_choice: { type: 'file_search' } }, 'tool_choice', 'unsupported_parameter', 'file_search'],
  [{ prompt: { id: 'p' } }, 'prompt', 'unsupported_parameter', 'templates'],
  [{ input: [{ type: 'computer_call' }] }, 'input.0.type', 'unsupported_parameter', 'computer_call'],
  [
    { input: [{ call_id: 'a', name: 'f', arguments: '{}' }] },
    'input.0.type',
    'invalid_request',
    'one of message',
  ],
  [
    { input: [{ id: 'fc_1', call_id: 'a', output: 'x' }] },
    'input.0.type',
    'invalid_request',
    'one of message',
  ],
  [{ input: [{}] }, 'input.0.type', 'invalid_request', 'one of message'],
  [{ input: [{ role: 'wizard', content: 'x' }] }, 'input.0.role', 'invalid_request', 'expected one of'],
  [{ input: [{ type: 'function_call', name: 'f' }] }, 'input.0.call_id', 'invalid_request', 'string'],
  [{ background: true, store: false }, 'background', 'invalid_request', 'stored'],
  [{ conversation: 'c', previous_response_id: 'r' }, 'previous_response_id', 'invalid_request', 'either'],
  [{ conversation: 'c', store: false }, 'store', 'invalid_request', 'keeps'],
  [{ max_output_tokens: 0 }, 'max_output_tokens', 'invalid_request', '>=1'],
  [{ metadata: { k: 'x'.repeat(513) } }, 'metadata.k', 'invalid_request', '512'],
])('refuses %j, naming %s', (body, param, code, words) => {
  expect(() => parse({ input: 'Hi', ...body })).toThrow(
    expect.objectContaining({ code, param, message: expect.stringContaining(words) }),
  );
});
