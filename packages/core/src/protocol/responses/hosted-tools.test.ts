import { expect, it } from 'vitest';
import { leaveOutHosted } from './hosted-tools.ts';

const f = { type: 'function', name: 'f' };

it('leaves out what a client offers beside its functions, and says where it stood', () => {
  const tools = [{ type: 'web_search' }, f, { type: 'tool_search', execution: 'client' }];
  const left = leaveOutHosted({ model: 'm', tools });
  expect(left).toEqual({ body: { model: 'm', tools: [f] }, ignored: ['tools.0', 'tools.2'] });
});

it.each([
  ['no tools', { model: 'm' }],
  ['functions alone', { tools: [f] }],
  ['what is all that a client wants', { tools: [{ type: 'web_search_preview' }] }],
  ['what would change the answer', { tools: [f, { type: 'file_search' }] }],
  ['what is no body', null],
])('leaves %s as it is', (_, body) => {
  expect(leaveOutHosted(body)).toEqual({ body, ignored: [] });
});
