import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chatChunk, sseEvent } from '../../../../../tests/support/scripted-upstream-chunks.ts';
import { answer, emptyCall, toClient } from '../fake-upstream.ts';
import type { ModelCall, ModelEvent } from '../model-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { createOpenAiProvider } from './create-openai-provider.ts';

const fixture = readFileSync(new URL('./openai-stream.sse', import.meta.url));
async function run(fetch: UpstreamFetch, call: Partial<ModelCall> = {}): Promise<ModelEvent[]> {
  const provider = createOpenAiProvider('gpt-x', {}, toClient(fetch));
  const { signal } = new AbortController();
  return (await Array.fromAsync(provider.stream({ ...emptyCall, ...call }, signal))).flat();
}

const runText = (text: string, call: Partial<ModelCall> = {}) => run(answer([Buffer.from(text)]), call);

describe('a recorded stream', () => {
  const expected: ModelEvent[] = [
    { type: 'reasoning-delta', text: 'Hmm 🤔' },
    { type: 'text-delta', text: 'Grüße, ' },
    { type: 'text-delta', text: '世界 🙂' },
    { type: 'tool-call', index: 0, id: 'call_a', name: 'weather' },
    { type: 'tool-call-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-call-delta', index: 0, arguments: '"Zürich"}' },
    { type: 'tool-call', index: 1, id: 'call_b', name: 'clock' },
    { type: 'tool-call-delta', index: 1, arguments: '{}' },
    {
      type: 'model-end',
      finishReason: 'tool_calls',
      usage: { promptTokens: 11, completionTokens: 22, cachedTokens: 4, reasoningTokens: 5 },
      serviceTier: 'flex',
      reasoningField: 'reasoning_content',
    },
  ];

  test('gives the same events wherever its bytes are cut in two', { timeout: 60_000 }, async () => {
    for (let at = 0; at <= fixture.length; at++) {
      expect(await run(answer([fixture.subarray(0, at), fixture.subarray(at)])), `cut at byte ${at}`).toEqual(
        expected,
      );
    }
  });

  test('gives the same events byte by byte', async () => {
    expect(await run(answer(Array.from(fixture, (byte) => Uint8Array.of(byte))))).toEqual(expected);
  });

  test('never ends well when it breaks off before the finish reason', { timeout: 60_000 }, async () => {
    const finishAt = fixture.indexOf('"finish_reason":"tool_calls"');
    for (let at = 0; at < finishAt; at += 7) {
      await expect(run(answer([fixture.subarray(0, at)])), `broken off at ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^upstream_(cut|bad_chunk)$/),
      });
    }
  });

  test('carries logprobs with their text when they were asked for', async () => {
    const events = await run(answer([fixture]), { parameters: { logprobs: true } });
    const [first, second] = events.filter((event) => event.type === 'text-delta');
    expect(first).toMatchObject({ logprobs: [{ token: 'Gr', logprob: -0.1 }] });
    expect(second).not.toHaveProperty('logprobs');
  });
});

describe('tool calls', () => {
  const piece = (fields: object) => chatChunk({ tool_calls: [fields] });
  const head = (id: string, more: object = {}) => ({ id, function: { name: 'f', arguments: '' }, ...more });
  const rest = (text: string, more: object = {}) => ({ function: { arguments: text }, ...more });

  test.each([
    ['all under index 0', { index: 0 }],
    ['without indexes', {}],
  ])('%s are told apart by their ids', async (_, more) => {
    const pieces = [head('a', more), rest('1', more), head('b', more), rest('2', more)];
    const events = await runText(pieces.map(piece).join('') + chatChunk({}, 'tool_calls'));
    expect(events.slice(0, -1)).toEqual([
      { type: 'tool-call', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '1' },
      { type: 'tool-call', index: 1, id: 'b', name: 'f' },
      { type: 'tool-call-delta', index: 1, arguments: '2' },
    ]);
  });

  test('that repeat their head go on', async () => {
    const pieces = [head('a', { index: 0 }), { ...head('a', { index: 0 }), ...rest('1') }];
    const events = await runText(pieces.map(piece).join('') + chatChunk({}, 'tool_calls'));
    expect(events.slice(0, -1)).toEqual([
      { type: 'tool-call', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '1' },
    ]);
  });

  test('without arguments have an empty object of them', async () => {
    const events = await runText(piece(head('a', { index: 3 })) + chatChunk({}, 'tool_calls'));
    expect(events.slice(0, -1)).toEqual([
      { type: 'tool-call', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{}' },
    ]);
  });
});

describe('the end of a stream', () => {
  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['eos_token', 'stop'],
    ['max_tokens', 'length'],
  ])('with %s is %s', async (raw, finishReason) => {
    const events = await runText(chatChunk({ content: 'x' }) + chatChunk({}, raw));
    expect(events.at(-1)).toMatchObject({ type: 'model-end', finishReason });
  });

  test('after a refusal is content_filter, and its words are the text', async () => {
    const events = await runText(
      chatChunk({ refusal: 'I ' }) + chatChunk({ refusal: 'cannot.' }) + chatChunk({}, 'stop'),
    );
    expect(events).toMatchObject([{ text: 'I ' }, { text: 'cannot.' }, { finishReason: 'content_filter' }]);
  });

  test('with stop after a tool call is tool_calls', async () => {
    const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const events = await runText(chatChunk({ tool_calls: [call] }) + chatChunk({}, 'stop'));
    expect(events.at(-1)).toMatchObject({ finishReason: 'tool_calls' });
  });

  test('with another reason is an error', async () => {
    await expect(runText(chatChunk({ content: 'x' }) + chatChunk({}, 'error'))).rejects.toMatchObject({
      code: 'upstream_error',
    });
  });

  test('without usage counts the deltas', async () => {
    const events = await runText(
      chatChunk({ content: 'a' }) + chatChunk({ content: 'b' }) + chatChunk({}, 'stop'),
    );
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 0, completionTokens: 2 } });
  });
});

describe('a failure within the stream', () => {
  test.each([
    ['an error object', sseEvent({ error: { message: 'GPU on fire' } }), 'upstream_error', /GPU on fire/],
    [
      'an error with a code',
      sseEvent({ error: { message: 'too long', code: 'context_length_exceeded' } }),
      'context_length_exceeded',
      /too long/,
    ],
    ['an error text', sseEvent({ error: 'GPU on fire' }), 'upstream_error', /GPU on fire/],
    [
      'an error beside choices',
      chatChunk({}, null, { error: { message: 'GPU on fire' } }),
      'upstream_error',
      /GPU on fire/,
    ],
    ['no JSON', 'data: {"id":\n\n', 'upstream_bad_chunk', /no JSON/],
    ['no chunk', sseEvent({ hello: 1 }), 'upstream_bad_chunk', /"hello"/],
    [
      'a nameless tool call',
      chatChunk({ tool_calls: [{ index: 0, id: 'c', function: { arguments: '{}' } }] }, 'tool_calls'),
      'upstream_bad_chunk',
      /tool call/,
    ],
    ['the end', '', 'upstream_cut', /mid-answer/],
    ['the end marker', 'data: [DONE]\n\n', 'upstream_cut', /mid-answer/],
  ])('by %s comes after the text before it', async (_, broken, code, message) => {
    const seen: ModelEvent[] = [];
    const act = async () => {
      const provider = createOpenAiProvider(
        'gpt-x',
        {},
        toClient(answer([Buffer.from(chatChunk({ content: 'Hi' }) + broken)])),
      );
      for await (const events of provider.stream(emptyCall, new AbortController().signal))
        seen.push(...events);
    };
    await expect(act()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(seen).toEqual([{ type: 'text-delta', text: 'Hi' }]);
  });
});

test('embeddings are read behind a byte order mark', async () => {
  const direct = { endpoint: 'embeddings', input: 'hi' } as const;
  const events = await runText('\uFEFF{"data":[{"index":0,"embedding":[1]}]}', { direct });
  expect(events).toMatchObject([{ type: 'embedding', index: 0 }, { type: 'model-end' }]);
});
