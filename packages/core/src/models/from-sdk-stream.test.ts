import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { fromSdkStream } from './from-sdk-stream.ts';

const finish: LanguageModelV4StreamPart = {
  type: 'finish',
  finishReason: { unified: 'stop', raw: 'end_turn' },
  usage: {
    inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 2, text: undefined, reasoning: undefined },
  },
};
const text: LanguageModelV4StreamPart = { type: 'text-delta', id: 't', delta: 'Hi' };

/** What comes of these parts, behind which the stream breaks, ends or stays open. */
async function read(
  parts: readonly LanguageModelV4StreamPart[],
  end: 'breaks' | 'ends' | 'stays open' = 'ends',
) {
  const stream = new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      if (end === 'ends') controller.close();
    },
    pull(controller) {
      if (end === 'breaks') controller.error(new Error('cut'));
    },
  });
  const { signal } = new AbortController();
  const messages = [
    {
      role: 'assistant' as const,
      content: undefined,
      refusal: undefined,
      function_call: undefined,
      name: undefined,
      tool_calls: [{ id: 'said', type: 'function' as const, function: { name: 'f', arguments: '{}' } }],
    },
  ];
  return (
    await Array.fromAsync(
      fromSdkStream(stream, { messages: messages as never, signal, toError: (error) => error }),
    )
  ).flat(); // because a message may have more fields than count here
}

describe('the end of a model', () => {
  test.each(['breaks', 'ends', 'stays open'] as const)(
    'is the end of its answer, also when the stream %s',
    async (end) => {
      expect(await read([text, finish], end)).toMatchObject([
        { text: 'Hi' },
        { type: 'model-end', finishReason: 'stop' },
      ]);
    },
  );

  test.each(['breaks', 'ends'] as const)('is missed in a stream that %s without it', async (end) => {
    await expect(read([text], end)).rejects.toThrow();
  });
});

describe('calls', () => {
  const whole = (id: string): LanguageModelV4StreamPart => ({
    type: 'tool-call',
    toolCallId: id,
    toolName: 'f',
    input: `{"a":"${id}"}`,
  });
  const pieces = (id: string): LanguageModelV4StreamPart[] => [
    { type: 'tool-input-start', id, toolName: 'f' },
    { type: 'tool-input-delta', id, delta: `{"a":"${id}"}` },
    { type: 'tool-input-end', id },
    whole(id),
  ];

  test.each([
    ['come whole', [whole('a'), whole('a')]],
    ['come in pieces', [...pieces('a'), ...pieces('a')]],
  ])('of one id are two where they %s', async (_, parts) => {
    const events = await read([...parts, finish]);
    const ids = events.flatMap((event) => (event.type === 'tool-call' ? event.id : []));
    expect(ids).toEqual(['a', expect.stringMatching(/^[a-zA-Z0-9]{9}$/)]);
    expect(events.filter(({ type }) => type === 'tool-call-delta')).toMatchObject([
      { index: 0 },
      { index: 1 },
    ]);
  });

  test.each(['', 'said'])('with the id %j get one of ours', async (id) => {
    const [call] = await read([whole(id), finish]);
    expect(call).toMatchObject({ id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/) });
  });
});
