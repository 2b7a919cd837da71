import { expect, test } from 'vitest';
import { chunkSchema } from './chunk.ts';
import { gatherAnswer } from './gather-message.ts';

test('texts grow, lists get longer, calls are put together, and what is unknown is kept', () => {
  const gathering = gatherAnswer();
  const deltas = [
    { role: 'assistant', content: '' },
    { reasoning: 'be', reasoning_details: [{ n: 1 }] },
    { reasoning: 'cause', reasoning_details: [{ n: 2 }] },
    { content: 'A', extra_content: { google: 1 } },
    {
      content: null,
      tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'pay', arguments: '{"a' } }],
    },
    { content: 'B', tool_calls: [{ index: 0, function: { arguments: '":1}' } }] },
  ];
  for (const delta of deltas)
    gathering.add(chunkSchema.parse({ id: 'chatcmpl-1', choices: [{ index: 0, delta }] }));
  gathering.add(
    chunkSchema.parse({ id: 'chatcmpl-1', choices: [{ index: 1, delta: { content: 'other' } }] }),
  );
  const calute = { event: 'task-start', agent: 'another' };
  gathering.add(chunkSchema.parse({ id: 'chatcmpl-1', choices: [], calute }));
  gathering.add(
    chunkSchema.parse({
      id: 'chatcmpl-1',
      choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }],
      calute: { agent: 'poet' },
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }),
  );
  expect(gathering.answer).toEqual({
    runId: 'chatcmpl-1',
    message: {
      role: 'assistant',
      content: 'AB',
      reasoning: 'because',
      reasoning_details: [{ n: 1 }, { n: 2 }],
      extra_content: { google: 1 },
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'pay', arguments: '{"a":1}' } }],
    },
    content: 'AB',
    reasoning: 'because',
    tools: [],
    agent: 'poet',
    finishReason: 'tool_calls',
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  });
});
