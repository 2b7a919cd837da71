import { expect, it } from 'vitest';
import type { ClientTool } from '../../request/client-tool.ts';
import type { Message } from '../../request/message.ts';
import { emptyCall } from '../fake-upstream.ts';
import { toAnthropicCallOptions } from './anthropic-request-fields.ts';

const call = (id: string, name: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: '{}' },
});
const messages: Message[] = [
  { role: 'user', content: 'hi', name: undefined },
  { role: 'assistant', content: undefined, tool_calls: [call('a', 'look'), call('b', 'transfer_to_x')] },
  { role: 'tool', tool_call_id: 'a', content: 'seen' },
  { role: 'tool', tool_call_id: 'b', content: 'done' },
  { role: 'assistant', content: undefined, tool_calls: [call('c', 'look')] },
  { role: 'tool', tool_call_id: 'c', content: 'seen' },
];

it('declares to Anthropic the tools that were called, not to be called again, when a call has none', () => {
  const { tools, toolChoice } = toAnthropicCallOptions({ ...emptyCall, messages });
  expect(tools).toMatchObject([
    { type: 'function', name: 'look', inputSchema: { type: 'object' } },
    { type: 'function', name: 'transfer_to_x', inputSchema: { type: 'object' } },
  ]);
  expect(toolChoice).toEqual({ type: 'none' });
});

it('leaves a call with tools, and a conversation without calls, as they are', () => {
  const described = { description: undefined, parameters: undefined, strict: undefined };
  const own: ClientTool = { type: 'function', function: { name: 'f', ...described } };
  const withTools = toAnthropicCallOptions({ ...emptyCall, messages, tools: [own] });
  expect(withTools.tools?.map(({ name }) => name)).toEqual(['f']);
  expect(withTools).not.toHaveProperty('toolChoice');
  expect(toAnthropicCallOptions(emptyCall)).not.toHaveProperty('tools');
});
