import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer, emptyCall } from '../fake-upstream.ts';
import type { ModelCall, ModelEvent } from '../model-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { createGoogleProvider } from './google.ts';

const fixture = readFileSync(new URL('./google-stream.sse', import.meta.url));

async function run(
  fetch: UpstreamFetch,
  call: Partial<ModelCall> = {},
  seen: ModelEvent[] = [],
): Promise<ModelEvent[]> {
  const provider = createGoogleProvider('gemini-3-pro-preview', { apiKey: 'sk-secret' }, fetch);
  const { signal } = new AbortController();
  for await (const events of provider.stream({ ...emptyCall, ...call }, signal)) seen.push(...events);
  return seen;
}

const chunk = (value: object) => `data: ${JSON.stringify(value)}\r\n\r\n`;
const said = (finishReason?: string) =>
  chunk({ candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason, index: 0 }] });
const failed = (code: number, status: string) =>
  chunk({ error: { code, message: 'GPU on fire, sk-secret', status } });

describe("a stream of Google's", () => {
  const expected: ModelEvent[] = [
    { type: 'reasoning-delta', text: 'Hmm 🤔' },
    { type: 'text-delta', text: 'Grüße, ' },
    { type: 'text-delta', text: '世界 🙂' },
    {
      type: 'tool-call',
      index: 0,
      id: 'fc_a',
      name: 'weather',
      opaque: { extra_content: { google: { thought_signature: 'EqQBCgIYAhIM' } } },
    },
    { type: 'tool-call-delta', index: 0, arguments: '{"city":"Zürich"}' },
    { type: 'tool-call', index: 1, id: 'fc_b', name: 'clock' },
    { type: 'tool-call-delta', index: 1, arguments: '{}' },
    {
      type: 'model-end',
      finishReason: 'tool_calls',
      usage: { promptTokens: 11, completionTokens: 22, cachedTokens: 4, reasoningTokens: 5 },
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

  test('never ends well when it breaks off before the finish reason', async () => {
    const finishAt = fixture.indexOf('"finishReason":"STOP"');
    for (let at = 0; at < finishAt; at += 16) {
      await expect(run(answer([fixture.subarray(0, at)])), `broken off at ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^upstream_(cut|bad_chunk)$/),
      });
    }
  });

  test('gives arguments to a call that has none', async () => {
    const content = { parts: [{ functionCall: { name: 'clock', id: 'c' } }], role: 'model' };
    const text = chunk({ candidates: [{ content, finishReason: 'STOP' }] });
    expect(await run(answer([Buffer.from(text)]))).toMatchObject([
      { type: 'tool-call', index: 0, id: 'c', name: 'clock' },
      { type: 'tool-call-delta', index: 0, arguments: '{}' },
      { finishReason: 'tool_calls' },
    ]);
  });

  test.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
  ])('that finishes with %s ends with %s', async (reason, finishReason) => {
    expect((await run(answer([Buffer.from(said(reason))]))).at(-1)).toMatchObject({ finishReason });
  });

  test('whose prompt was blocked ends with content_filter', async () => {
    const blocked = chunk({ promptFeedback: { blockReason: 'SAFETY' } });
    expect(await run(answer([Buffer.from(blocked)]))).toMatchObject([{ finishReason: 'content_filter' }]);
  });

  test('with a broken function call fails', async () => {
    const broken = run(answer([Buffer.from(said('MALFORMED_FUNCTION_CALL'))]));
    await expect(broken).rejects.toMatchObject({ code: 'upstream_error' });
  });

  test.each([
    [503, 'UNAVAILABLE', 'server_is_overloaded'],
    [429, 'RESOURCE_EXHAUSTED', 'rate_limit_exceeded'],
    [500, 'INTERNAL', 'upstream_error'],
  ])(
    'that fails with %i %s is %s, after its text or as its first event',
    async (code, status, expectedCode) => {
      const seen: ModelEvent[] = [];
      const broken = Buffer.from(said() + failed(code, status));
      const thrown: unknown = await run(answer([broken]), {}, seen).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code: expectedCode });
      expect(String(thrown)).not.toContain('sk-secret');
      expect(seen).toEqual([{ type: 'text-delta', text: 'Hi' }]);
      await expect(run(answer([Buffer.from(failed(code, status))]))).rejects.toMatchObject({
        code: expectedCode,
      });
    },
  );

  test('with a chunk that cannot be read fails', async () => {
    const broken = run(answer([Buffer.from(`${said()}data: {"candidates":\r\n\r\n`)]));
    await expect(broken).rejects.toMatchObject({ code: 'upstream_bad_chunk' });
  });
});

test('a reader who stops closes the connection', async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(said())),
    cancel: () => cancelled.resolve(),
  });
  const provider = createGoogleProvider(
    'gemini-3-pro-preview',
    { apiKey: 'sk-secret' },
    async () => new Response(body),
  );
  for await (const [event] of provider.stream(emptyCall, new AbortController().signal)) {
    expect(event).toEqual({ type: 'text-delta', text: 'Hi' });
    break;
  }
  await cancelled.promise;
});

describe("an HTTP error of Google's", () => {
  const reason = (name: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: name }];
  const delay = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }];

  test.each([
    [400, 'INVALID_ARGUMENT', undefined, { code: 'invalid_request' }],
    [400, 'INVALID_ARGUMENT', reason('API_KEY_INVALID'), { code: 'upstream_unauthorized' }],
    [403, 'PERMISSION_DENIED', undefined, { code: 'upstream_unauthorized' }],
    [429, 'RESOURCE_EXHAUSTED', delay, { code: 'rate_limit_exceeded', retryAfterMs: 34_500 }],
    [500, 'INTERNAL', undefined, { code: 'upstream_error' }],
    [503, 'UNAVAILABLE', undefined, { code: 'server_is_overloaded' }],
  ])('of %i %s, details %j, is told', async (status, name, details, expected) => {
    const body = { error: { code: status, message: 'It says so, sk-secret', status: name, details } };
    const fetch = async () => new Response(JSON.stringify(body), { status });
    const thrown: unknown = await run(fetch).catch((error: unknown) => error);
    expect(thrown).toMatchObject(expected);
    expect(String(thrown)).not.toContain('sk-secret');
  });
});
