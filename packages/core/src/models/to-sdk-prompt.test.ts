import { expect, test } from 'vitest';
import { toSdkPrompt } from './to-sdk-prompt.ts';

test('results of tools that follow each other become one message with the names of the tools', () => {
  const prompt = toSdkPrompt([
    {
      role: 'assistant',
      tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    },
    { role: 'tool', tool_call_id: '1', content: 'one' },
    { role: 'tool', tool_call_id: 'stray', content: 'two' },
  ]);
  expect(prompt).toMatchObject([
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 'f', input: { a: 1 } }] },
    {
      role: 'tool',
      content: [
        { toolCallId: '1', toolName: 'f' },
        { toolCallId: 'stray', toolName: 'unknown' },
      ],
    },
  ]);
});
