import { expect, test } from 'vitest';
import { chatMessageSchema } from '../../protocol/chat-message.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { ChunkEncoder } from './encode-chunks.ts';
import { createCompletionGatherer } from './encode-completion.ts';

const header = { id: 'chatcmpl-1', created: 1, model: 'm', includeUsage: false, showEvents: false };
const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
const end = { reason: 'completed', finishReason: 'tool_calls', usage, processingMs: 1 } as const;
const signed = (signature: string) => ({ extra_content: { google: { thought_signature: signature } } });
const details = [
  { type: 'reasoning.text', text: 'Hmm', signature: 'S', format: 'anthropic-claude-v1', index: 0 },
];

const said: Exclude<RunEvent, { type: 'run-end' }>[] = [
  { type: 'tool-call', index: 0, id: 'a', name: 'f', opaque: signed('A') },
  { type: 'tool-call-delta', index: 0, arguments: '{}' },
  { type: 'tool-call', index: 1, id: 'b', name: 'f' },
  { type: 'tool-call-delta', index: 1, arguments: '{}' },
  { type: 'opaque-delta', index: 1, fields: signed('B') },
  { type: 'opaque-delta', fields: { reasoning_details: details } },
];

test('what a provider wants back is in the chunks: of a call with its beginning, of the message by itself', () => {
  const encoder = new ChunkEncoder(header);
  const deltas = [...said, { type: 'run-end', end } as const]
    .flatMap((event) => encoder.encode(event))
    .flatMap(({ data }) => (data === '[DONE]' ? [] : [JSON.parse(data).choices[0].delta]));
  expect(deltas[1]).toEqual({
    tool_calls: [
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' }, ...signed('A') },
    ],
  });
  expect(deltas[5]).toEqual({ tool_calls: [{ index: 1, function: { arguments: '' }, ...signed('B') }] });
  expect(deltas[6]).toEqual({ reasoning_details: details });
});

test('what a provider wants back is in the whole answer, which comes back as it was in a history', () => {
  const gatherer = createCompletionGatherer(header);
  for (const event of said) gatherer.add(event);
  const { message } = gatherer.finish(end).choices[0];
  expect(message).toMatchObject({
    content: null,
    reasoning_details: details,
    tool_calls: [
      { id: 'a', ...signed('A') },
      { id: 'b', ...signed('B') },
    ],
  });
  const returned = chatMessageSchema.parse(JSON.parse(JSON.stringify(message)));
  expect(returned).toMatchObject({ reasoning_details: details, tool_calls: message.tool_calls });
});
