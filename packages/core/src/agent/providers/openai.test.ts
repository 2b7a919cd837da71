import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chatChunk, sseEvent } from '../../../../../tests/support/scripted-upstream-chunks.ts';
import type { ModelCall, ModelEvent } from './model-provider.ts';
import { createOpenAiProvider, type OpenAiConfig } from './openai.ts';
import type { UpstreamFetch } from './upstream/upstream-fetch.ts';

interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const fixture = readFileSync(new URL('./fixtures/openai-stream.sse', import.meta.url));
const emptyCall: ModelCall = {
  messages: [{ role: 'user', content: 'hi', name: undefined }],
  sampling: {},
  tools: [],
  toolChoice: undefined,
  parameters: {},
};
const goodAnswer = [
  chatChunk({ role: 'assistant', content: '' }),
  chatChunk({ content: 'Hi' }),
  chatChunk({}, 'stop'),
].join('');

/** An upstream that answers with these pieces of a body and notes what it was asked. */
function answer(pieces: readonly Uint8Array[], sent: Sent[] = []): UpstreamFetch {
  return async (url, init) => {
    sent.push({
      url: String(url),
      headers: new Headers(init?.headers),
      body: JSON.parse(String(init?.body)),
    });
    return new Response(ReadableStream.from(pieces), { headers: { 'content-type': 'text/event-stream' } });
  };
}

async function run(
  fetch: UpstreamFetch,
  call: Partial<ModelCall> = {},
  config: OpenAiConfig = {},
): Promise<ModelEvent[]> {
  const provider = createOpenAiProvider('gpt-x', { apiKey: 'sk-test', ...config }, fetch);
  return Array.fromAsync(provider.stream({ ...emptyCall, ...call }, new AbortController().signal));
}

const runText = (text: string, call: Partial<ModelCall> = {}) => run(answer([Buffer.from(text)]), call);

async function sentBy(call: Partial<ModelCall>, config: OpenAiConfig = {}): Promise<Sent> {
  const sent: Sent[] = [];
  await run(answer([Buffer.from(goodAnswer)], sent), call, config);
  const [first] = sent;
  if (first === undefined) throw new Error('nothing was sent');
  return first;
}

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
    ['an error text', sseEvent({ error: 'GPU on fire' }), 'upstream_error', /GPU on fire/],
    [
      'an error beside choices',
      chatChunk({}, null, { error: { message: 'GPU on fire' } }),
      'upstream_error',
      /GPU on fire/,
    ],
    ['no JSON', 'data: {"id":\n\n', 'upstream_bad_chunk', /cannot be read/],
    ['no chunk', sseEvent({ hello: 1 }), 'upstream_bad_chunk', /cannot be read/],
    [
      'a nameless tool call',
      chatChunk({ tool_calls: [{ index: 0, id: 'c', function: { arguments: '{}' } }] }),
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
        answer([Buffer.from(chatChunk({ content: 'Hi' }) + broken)]),
      );
      for await (const event of provider.stream(emptyCall, new AbortController().signal)) seen.push(event);
    };
    await expect(act()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(seen).toEqual([{ type: 'text-delta', text: 'Hi' }]);
  });
});

describe('the request', () => {
  test('goes to the base URL with the key, and asks for a stream with usage', async () => {
    const { url, headers, body } = await sentBy({}, { baseUrl: 'http://up.test:1234/v1' });
    expect(url).toBe('http://up.test:1234/v1/chat/completions');
    expect(headers.get('authorization')).toBe('Bearer sk-test');
    expect(body).toEqual({
      model: 'gpt-x',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  test('needs no key', async () => {
    const { headers } = await sentBy({}, { baseUrl: 'http://up.test/v1', apiKey: undefined });
    expect(headers.has('authorization')).toBe(false);
  });

  test('carries every sampling value, zero included', async () => {
    const sampling = {
      maxTokens: 5,
      temperature: 0,
      topP: 0,
      topK: 0,
      minP: 0,
      stop: ['END'],
      presencePenalty: 0,
      frequencyPenalty: -1,
      repetitionPenalty: 1.1,
    };
    expect((await sentBy({ sampling }, { baseUrl: 'http://up.test/v1' })).body).toMatchObject({
      max_tokens: 5,
      temperature: 0,
      top_p: 0,
      top_k: 0,
      min_p: 0,
      stop: ['END'],
      presence_penalty: 0,
      frequency_penalty: -1,
      repetition_penalty: 1.1,
    });
    const { body } = await sentBy({ sampling });
    expect(body).toMatchObject({ max_completion_tokens: 5 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  test('carries every accepted parameter as it came', async () => {
    const parameters: ModelCall['parameters'] = {
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: false, description: undefined },
      },
      logprobs: true,
      top_logprobs: 0,
      logit_bias: { 50256: -100 },
      seed: 0,
      reasoning_effort: 'low',
      verbosity: 'high',
      service_tier: 'flex',
      prediction: { type: 'content', content: 'x' },
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      suppress_tokens: [1],
      chat_template_kwargs: { enable_thinking: false },
    };
    const tools = [{ type: 'function' as const, function: { name: 'f' } }];
    const { body } = await sentBy({ parameters, tools });
    expect(body).toMatchObject(JSON.parse(JSON.stringify(parameters)));
    expect(createOpenAiProvider('x', {}, fetch).accepts).toEqual(new Set(Object.keys(parameters)));
  });

  test('carries tools with strict and the choice among them', async () => {
    const parameters = { type: 'object', properties: { a: { type: 'string' } } };
    const tools: ModelCall['tools'] = [
      { type: 'function', function: { name: 'f', description: 'F', parameters, strict: true } },
      { type: 'function', function: { name: 'g' } },
    ];
    const [f, g] = [
      tools[0],
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ];
    expect((await sentBy({ tools })).body).toMatchObject({ tools: [f, g] });
    expect((await sentBy({ tools, toolChoice: 'required' })).body).toMatchObject({
      tools: [f, g],
      tool_choice: 'required',
    });
    const named = { type: 'function' as const, function: { name: 'g' } };
    expect((await sentBy({ tools, toolChoice: named })).body).toMatchObject({
      tools: [f, g],
      tool_choice: named,
    });
    const allowed_tools = { mode: 'auto' as const, tools: [{ type: 'function', function: { name: 'g' } }] };
    const { body } = await sentBy({ tools, toolChoice: { type: 'allowed_tools', allowed_tools } });
    expect([body['tools'], body['tool_choice']]).toEqual([[g], 'auto']);
  });
});
