import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer, emptyCall } from '../fake-upstream.ts';
import type { ModelCall, ModelEvent } from '../model-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { createAnthropicProvider } from './anthropic.ts';

const fixture = readFileSync(new URL('./anthropic-stream.sse', import.meta.url));
const toolUseAt = fixture.indexOf('"stop_reason":"tool_use"');

async function run(
  fetch: UpstreamFetch,
  call: Partial<ModelCall> = {},
  seen: ModelEvent[] = [],
): Promise<ModelEvent[]> {
  const provider = createAnthropicProvider('claude-sonnet-4-5', { apiKey: 'sk-secret' }, fetch);
  const { signal } = new AbortController();
  for await (const events of provider.stream({ ...emptyCall, ...call }, signal)) seen.push(...events);
  return seen;
}

const event = (type: string, fields: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const started = event('message_start', {
  message: {
    id: 'm',
    role: 'assistant',
    model: 'c',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  },
});
const said =
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hi' } });
const finished = (reason: string) =>
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: reason }, usage: { output_tokens: 3 } }) +
  event('message_stop');
const failed = (type: string) => event('error', { error: { type, message: 'GPU on fire, sk-secret' } });

describe("a stream of Anthropic's", () => {
  const expected: ModelEvent[] = [
    { type: 'reasoning-delta', text: 'Hmm 🤔' },
    {
      type: 'opaque-delta',
      fields: {
        reasoning_details: [
          {
            type: 'reasoning.text',
            text: 'Hmm 🤔',
            signature: 'EqQBCgIYAhIM',
            format: 'anthropic-claude-v1',
            index: 0,
          },
        ],
      },
    },
    { type: 'text-delta', text: 'Grüße, ' },
    { type: 'text-delta', text: '世界 🙂' },
    { type: 'tool-call', index: 0, id: 'toolu_a', name: 'weather' },
    { type: 'tool-call-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-call-delta', index: 0, arguments: '"Zürich"}' },
    { type: 'tool-call', index: 1, id: 'toolu_b', name: 'clock' },
    { type: 'tool-call-delta', index: 1, arguments: '{}' },
    {
      type: 'model-end',
      finishReason: 'tool_calls',
      usage: { promptTokens: 17, completionTokens: 22, cachedTokens: 4, reasoningTokens: 0 },
    },
  ];

  test('gives the same events wherever its bytes are cut in two', async () => {
    const textAt = fixture.indexOf('Grüße');
    const cuts = Array.from({ length: Math.ceil(fixture.length / 16) }, (_, index) => index * 16);
    const withinCharacters = Array.from({ length: 20 }, (_, index) => textAt + index);
    for (const at of [...cuts, ...withinCharacters]) {
      expect(await run(answer([fixture.subarray(0, at), fixture.subarray(at)])), `cut at ${at}`).toEqual(
        expected,
      );
    }
  });

  test('gives the same events byte by byte', async () => {
    expect(await run(answer(Array.from(fixture, (byte) => Uint8Array.of(byte))))).toEqual(expected);
  });

  test('never ends well when it breaks off before the stop reason', async () => {
    for (let at = 0; at < toolUseAt; at += 16) {
      await expect(run(answer([fixture.subarray(0, at)])), `broken off at ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^upstream_(cut|bad_chunk)$/),
      });
    }
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['refusal', 'content_filter'],
  ])('that stops with %s ends with %s', async (reason, finishReason) => {
    const events = await run(answer([Buffer.from(started + said + finished(reason))]));
    expect(events.at(-1)).toMatchObject({ type: 'model-end', finishReason });
  });

  test.each([
    ['overloaded_error', 'server_is_overloaded'],
    ['rate_limit_error', 'rate_limit_exceeded'],
    ['api_error', 'upstream_error'],
    ['authentication_error', 'upstream_unauthorized'],
    ['something_new', 'upstream_error'],
  ])('that fails with %s is %s, after its text or as its first event', async (type, code) => {
    const seen: ModelEvent[] = [];
    const broken = Buffer.from(started + said + failed(type));
    const thrown: unknown = await run(answer([broken]), {}, seen).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).not.toContain('sk-secret');
    expect(seen).toEqual([{ type: 'text-delta', text: 'Hi' }]);
    await expect(run(answer([Buffer.from(failed(type))]))).rejects.toMatchObject({ code });
  });

  test('with an event of a new type says all the rest', async () => {
    const text = started + event('brand_new', { x: 1 }) + said + event('brand_new') + finished('end_turn');
    const events = await run(answer([Buffer.from(text)]));
    expect(events).toMatchObject([{ type: 'text-delta', text: 'Hi' }, { finishReason: 'stop' }]);
  });

  test('with a chunk that cannot be read fails, first or later', async () => {
    const broken = 'event: content_block_delta\ndata: {"type":\n\n';
    for (const text of [broken, started + said + broken]) {
      await expect(run(answer([Buffer.from(text)]))).rejects.toMatchObject({ code: 'upstream_bad_chunk' });
    }
  });
});

test('a reader who stops closes the connection', async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(started + said)),
    cancel: () => cancelled.resolve(),
  });
  const provider = createAnthropicProvider(
    'claude-sonnet-4-5',
    { apiKey: 'sk-secret' },
    async () => new Response(body),
  );
  for await (const [event] of provider.stream(emptyCall, new AbortController().signal)) {
    expect(event).toEqual({ type: 'text-delta', text: 'Hi' });
    break;
  }
  await cancelled.promise;
});

describe("an HTTP error of Anthropic's", () => {
  test.each([
    [400, 'invalid_request_error', 'invalid_request'],
    [401, 'authentication_error', 'upstream_unauthorized'],
    [413, 'request_too_large', 'request_too_large'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [500, 'api_error', 'upstream_error'],
    [529, 'overloaded_error', 'server_is_overloaded'],
  ])('of %i is told as %s: %s', async (status, type, code) => {
    const body = JSON.stringify({ type: 'error', error: { type, message: 'It says so, sk-secret' } });
    const fetch = async () => new Response(body, { status, headers: { 'retry-after': '7' } });
    const thrown: unknown = await run(fetch).catch((error: unknown) => error);
    const isTemporary = status === 429 || status === 529;
    expect(thrown).toMatchObject({ code, retryAfterMs: isTemporary ? 7000 : undefined });
    expect(String(thrown)).not.toContain('sk-secret');
  });
});
