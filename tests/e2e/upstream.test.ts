import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import {
  chatChunk,
  failure,
  sseEvent,
  textAnswer,
  toolCallAnswer,
} from '../support/scripted-upstream-chunks.ts';
import type { UpstreamStep } from '../support/scripted-upstream-script.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const answering = ['odd-splits', 'tools', 'thoughtful', 'logprobs'];
const failing = ['r401', 'r429', 'r400', 'r500', 'cut', 'no-finish', 'malformed', 'in-band'];

const calute = share(async () => {
  const installation = await prepareCalute(passOn(...answering, ...failing));
  const [api] = await Promise.all([
    installation.startApi(),
    installation.startWorker({ PROVIDER_WAIT_S: '1' }),
  ]);
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, api, openai };
});

/** What a client gets of `model`, as a whole and assembled from a stream by the helper. */
async function bothWays(params: ReturnType<typeof ask>) {
  const { completions } = calute().openai.chat;
  const whole = (await completions.create(params)).choices[0];
  const streamed = (await completions.stream({ ...params, stream: true }).finalChatCompletion()).choices[0];
  if (whole === undefined || streamed === undefined) throw new Error('There is no choice.');
  return { whole, streamed };
}

describe('an answer of the upstream', () => {
  it('arrives whole however its bytes are cut', async () => {
    const texts = ['Grüße, ', '漢字 ', '👩‍👩‍👧 and ', '\u2028"quotes"\\n\n'];
    const [step] = textAnswer(texts);
    if (step?.type !== 'chunks') throw new Error('unexpected script');
    const { length } = Buffer.from(step.chunks.join(''));
    const oneByOne = Array.from({ length: length - 1 }, (_, index) => index + 1);
    const oddly = oneByOne.filter((offset) => offset % 7 === 3);
    await calute().upstream.script(
      'odd-splits',
      [{ ...step, splitAt: oneByOne }],
      [{ ...step, splitAt: oddly }],
    );
    await using stream = await openSse(`${calute().api.url}/v1/chat/completions`, {
      body: { ...ask('odd-splits'), stream: true },
    });
    const text = await stream.readAll();
    expect(contentOf(text)).toBe(texts.join(''));
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    const answer = await calute().openai.chat.completions.create(ask('odd-splits'));
    expect(answer.choices[0]?.message.content).toBe(texts.join(''));
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
  });

  it('calls tools of the client, whole and streamed alike', async () => {
    const calls = [
      { id: 'call_a', name: 'weather', arguments: '{"city":"Ålesund"}' },
      { id: 'call_b', name: 'clock', arguments: '{}' },
    ];
    await calute().upstream.script('tools', toolCallAnswer(calls));
    const tools = calls.map(({ name }) => ({
      type: 'function' as const,
      function: { name, parameters: { type: 'object', properties: {} } },
    }));
    const { whole, streamed } = await bothWays({ ...ask('tools'), tools });
    const expected = calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    }));
    expect(whole.message).toMatchObject({ content: null, tool_calls: expected });
    expect(streamed.message.tool_calls).toMatchObject(expected);
    expect([whole.finish_reason, streamed.finish_reason]).toEqual(['tool_calls', 'tool_calls']);
    const [request] = await calute().upstream.requests('tools');
    expect(request?.body['tools']).toEqual(tools);
  });

  it('keeps its reasoning apart from its content', async () => {
    const thoughts = ['Let me ', 'think'].map((reasoning_content) => chatChunk({ reasoning_content }));
    await calute().upstream.script('thoughtful', [
      { type: 'chunks', chunks: thoughts },
      ...textAnswer(['42']),
    ]);
    const { whole, streamed } = await bothWays(ask('thoughtful'));
    const expected = { content: '42', reasoning: 'Let me think', reasoning_content: 'Let me think' };
    expect(whole.message).toMatchObject(expected);
    expect(streamed.message).toMatchObject({ content: '42' });
  });

  it('keeps its logprobs', async () => {
    const entry = (token: string) => ({
      token,
      logprob: -0.5,
      bytes: [...Buffer.from(token)],
      top_logprobs: [],
    });
    const marked = (token: string) =>
      sseEvent({
        id: 'up',
        choices: [
          { index: 0, delta: { content: token }, finish_reason: null, logprobs: { content: [entry(token)] } },
        ],
      });
    const tokens = ['Yes', ', ', 'é'];
    const chunks = [...tokens.map(marked), chatChunk({}, 'stop'), 'data: [DONE]\n\n'];
    await calute().upstream.script('logprobs', [{ type: 'chunks', chunks }]);
    const { whole, streamed } = await bothWays({ ...ask('logprobs'), logprobs: true, top_logprobs: 0 });
    expect(whole.logprobs?.content).toEqual(tokens.map(entry));
    expect(streamed.logprobs?.content).toEqual(tokens.map(entry));
    const [request] = await calute().upstream.requests('logprobs');
    expect(request?.body).toMatchObject({ logprobs: true, top_logprobs: 0 });
  });
});

describe('a refusal of the upstream before its first byte', () => {
  const openAiError = (message: string, code: string | null = null) => ({
    error: { message, type: 'some_error', param: 'messages', code },
  });
  const cases: [string, UpstreamStep[], object][] = [
    [
      'r401',
      failure(401, openAiError('Incorrect API key provided: sk-upstream')),
      { status: 502, code: 'upstream_unauthorized', type: 'server_error' },
    ],
    [
      'r429',
      failure(429, openAiError('Slow down'), { 'retry-after': '7' }),
      { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' },
    ],
    [
      'r400',
      failure(400, openAiError('This image is not one')),
      {
        status: 400,
        code: 'invalid_request',
        param: 'messages',
        message: expect.stringMatching('This image is not one'),
      },
    ],
    [
      'r500',
      failure(500, openAiError('Oops')),
      { status: 502, code: 'upstream_error', type: 'server_error' },
    ],
  ];

  /** A failure that may pass is tried three times; a model that asked for a pause is left alone meanwhile. */
  const asked: Readonly<Record<string, number>> = { r429: 1, r500: 6 };

  it.each(cases)('is an honest HTTP status, streaming or not: %s', async (model, script, expected) => {
    const { openai, upstream } = calute();
    await upstream.script(model, script);
    for (const stream of [false, true]) {
      const error = await openai.chat.completions.create({ ...ask(model), stream }).catch((raised) => raised);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject(expected);
      expect(error.headers.get('content-type')).toMatch(/^application\/json/);
      expect(error.headers.get('retry-after')).toBe(model === 'r429' ? '7' : null);
      expect(JSON.stringify(error.error)).not.toContain('sk-upstream');
    }
    expect(await upstream.requests(model)).toHaveLength(asked[model] ?? 2);
  });
});

describe('an upstream that fails in mid-answer', () => {
  const begun = [chatChunk({ role: 'assistant', content: '' }), chatChunk({ content: 'The answer is' })];
  const chunks = (...more: string[]): UpstreamStep => ({ type: 'chunks', chunks: [...begun, ...more] });
  const cases: [string, UpstreamStep[], string][] = [
    ['cut', [chunks(), { type: 'cut' }], 'upstream_cut'],
    ['no-finish', [chunks('data: [DONE]\n\n')], 'upstream_cut'],
    ['malformed', [chunks('data: {"choices":[{\n\n'), { type: 'hang' }], 'upstream_bad_chunk'],
    [
      'in-band',
      [chunks(sseEvent({ error: { message: 'out of memory' } })), { type: 'hang' }],
      'upstream_error',
    ],
  ];

  it.each(cases)('is told in-band after its text, without [DONE]: %s', async (model, script, code) => {
    const { openai, api, upstream } = calute();
    await upstream.script(model, script);
    await using raw = await openSse(`${api.url}/v1/chat/completions`, {
      body: { ...ask(model), stream: true },
    });
    const events = parseEvents(await raw.readAll());
    expect(raw.status).toBe(200);
    expect(events.map(({ data }) => JSON.parse(data).choices?.[0]?.delta.content)).toEqual([
      '',
      'The answer is',
      undefined,
    ]);
    expect(JSON.parse(events.at(-1)?.data ?? '')).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code },
    });

    const texts: unknown[] = [];
    const iterate = async () => {
      const stream = await openai.chat.completions.create({ ...ask(model), stream: true });
      for await (const { choices } of stream) texts.push(choices[0]?.delta.content);
    };
    await expect(iterate()).rejects.toMatchObject({ code });
    expect(texts).toEqual(['', 'The answer is']);
    const helper = openai.chat.completions.stream({ ...ask(model), stream: true });
    await expect(helper.finalChatCompletion()).rejects.toThrow();

    await expect(openai.chat.completions.create(ask(model))).rejects.toMatchObject({ status: 502, code });
  });
});
