import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { chatChunk, failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const apiKey = 'a-key-of-the-environment';
const graceMs = 200;
const offline = [
  { id: 'echo', model: 'offline:echo' },
  { id: 'lorem', model: 'offline:lorem?tokens=30&delayMs=2' },
];

const calute = share(async () => {
  const installation = await prepareCalute([
    ...offline,
    ...passOn('hangs', 'hangs-whole', 'overloaded', 'limited', 'refused'),
  ]);
  const settings = { CALUTE_API_KEY: apiKey, DISCONNECT_GRACE_MS: `${graceMs}` };
  const [api] = await Promise.all([installation.startApi(settings), installation.startWorker()]);
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey, maxRetries: 0 });
  return { ...installation, api, openai };
});

/** Some text, and then nothing until the client closes. */
const hanging = [
  {
    type: 'chunks' as const,
    chunks: [chatChunk({ role: 'assistant', content: '' }), chatChunk({ content: 'Well' })],
  },
  { type: 'hang' as const },
];

describe('completions', () => {
  it('gives one whole answer with its usage', async () => {
    const { data, response, request_id } = await calute()
      .openai.chat.completions.create(ask('echo', 'one two three'))
      .withResponse();
    expect(data).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'one two three', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(request_id).toMatch(/^req_/);
  });

  it('streams raw chunks that say the same, with the same usage', async () => {
    const { completions } = calute().openai.chat;
    const whole = await completions.create(ask('lorem'));
    const stream = await completions.create({
      ...ask('lorem'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const deltas = chunks.flatMap(({ choices }) => choices);
    expect(deltas.map(({ delta }) => delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content);
    expect(deltas.filter(({ delta }) => delta.role !== undefined)).toHaveLength(1);
    expect(deltas.map(({ finish_reason }) => finish_reason).filter((reason) => reason !== null)).toEqual([
      'stop',
    ]);
    expect(deltas.filter(({ delta }) => delta.content).length).toBeGreaterThan(1);
    expect(chunks.slice(0, -1).map(({ usage }) => usage)).toEqual(Array(chunks.length - 1).fill(null));
    expect(counted(chunks.at(-1)?.usage)).toEqual(counted(whole.usage));
    expect(whole.usage).toMatchObject({ completion_tokens: 30 });
  });

  it('lets the helper assemble a stream, usage included', async () => {
    const { completions } = calute().openai.chat;
    const whole = await completions.create(ask('lorem', 'another question'));
    const runner = completions.stream({
      ...ask('lorem', 'another question'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const texts: string[] = [];
    runner.on('content', (delta) => texts.push(delta));
    const assembled = await runner.finalChatCompletion();
    expect(assembled.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(texts.join('')).toBe(whole.choices[0]?.message.content);
    expect(assembled.choices[0]?.finish_reason).toBe('stop');
    expect(counted(assembled.usage)).toEqual(counted(whole.usage));
  });

  it('lets the client run its tools and go on with their results', async () => {
    const cities: string[] = [];
    const runner = calute().openai.chat.completions.runTools({
      model: 'echo',
      stream: true,
      messages: [{ role: 'user', content: 'call weather {"city":"Oslo"}' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather of a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              cities.push(city);
              return `snow in ${city}`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('snow in Oslo');
    expect(cities).toEqual(['Oslo']);
    expect((await runner.allChatCompletions()).map(({ choices }) => choices[0]?.finish_reason)).toEqual([
      'tool_calls',
      'stop',
    ]);
  });
});

function counted(usage: OpenAI.CompletionUsage | null | undefined) {
  if (!usage) throw new Error('There is no usage.');
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  expect(prompt_tokens + completion_tokens).toBe(total_tokens);
  return { prompt_tokens, completion_tokens, total_tokens };
}

describe('models', () => {
  it('are listed and looked up as they were announced', async () => {
    const { models } = calute().openai;
    const { data } = await models.list();
    expect(data.map(({ id }) => id)).toEqual([...data.map(({ id }) => id)].sort());
    const echo = await models.retrieve('echo');
    expect(echo).toEqual({ id: 'echo', object: 'model', created: expect.any(Number), owned_by: 'calute' });
    expect(data).toContainEqual(echo);
    await expect(models.retrieve('nobody')).rejects.toThrow(OpenAI.NotFoundError);
  });
});

describe('a client that aborts', () => {
  it('has its stream cancelled after the grace, up to the socket of the upstream', async () => {
    const { openai, upstream } = calute();
    await upstream.script('hangs', hanging);
    const stream = await openai.chat.completions.create({ ...ask('hangs'), stream: true });
    for await (const { choices } of stream) if (choices[0]?.delta.content === 'Well') break;
    const leftAt = performance.now();
    const [request] = await upstream.waitForRequests('hangs', 1);
    const ended = await upstream.waitForEnd(request?.id ?? -1);
    expect(ended.state).toBe('closed-early');
    expect(performance.now() - leftAt).toBeGreaterThan(graceMs * 0.9);
  });

  it('has a whole answer that it no longer waits for cancelled too', async () => {
    const { openai, upstream } = calute();
    await upstream.script('hangs-whole', hanging);
    const leaving = new AbortController();
    const answer = openai.chat.completions.create(ask('hangs-whole'), { signal: leaving.signal });
    const [request] = await upstream.waitForRequests('hangs-whole', 1);
    leaving.abort();
    await expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
    expect((await upstream.waitForEnd(request?.id ?? -1)).state).toBe('closed-early');
  });
});

describe('errors', () => {
  it.each([false, true])('have their own class, streaming: %s', async (stream) => {
    const { openai, api } = calute();
    const raised = (client: OpenAI, params: object) =>
      client.chat.completions.create({ ...ask('echo'), stream, ...params }).then(
        () => 'no error',
        (error: unknown) => error,
      );
    const bad = await raised(openai, { temperature: 3 });
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect(bad).toMatchObject({ param: 'temperature', type: 'invalid_request_error' });
    const stranger = await raised(
      new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'sk-wrong', maxRetries: 2 }),
      {},
    );
    expect(stranger).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(stranger).toMatchObject({ code: 'invalid_api_key', requestID: expect.stringMatching(/^req_/) });
    const unknown = await raised(openai, { model: 'nobody' });
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(unknown).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  it.each([
    ['overloaded', 503, 'server_is_overloaded'],
    ['limited', 429, 'rate_limit_exceeded'],
  ])('that say so are retried by the client: %s', async (model, status, code) => {
    const { openai, upstream } = calute();
    const refusal = failure(status, { error: { message: 'Not now' } });
    await upstream.script(model, refusal, refusal, refusal, textAnswer(['At last']));
    await expect(openai.chat.completions.create(ask(model))).rejects.toMatchObject({ status, code });
    const answer = await openai.chat.completions.create(ask(model), { maxRetries: 2 });
    expect(answer.choices[0]?.message.content).toBe('At last');
    expect(await upstream.requests(model)).toHaveLength(4);
  });

  it('that cannot be mended are not retried although their status is a 502', async () => {
    const { openai, upstream } = calute();
    await upstream.script('refused', failure(401, { error: { message: 'Bad key sk-upstream' } }));
    const error = await openai.chat.completions
      .create(ask('refused'), { maxRetries: 2 })
      .catch((raised) => raised);
    expect(error).toMatchObject({ status: 502, code: 'upstream_unauthorized' });
    expect(error.headers.get('x-should-retry')).toBe('false');
    expect(error.message).not.toContain('sk-upstream');
    expect(await upstream.requests('refused')).toHaveLength(1);
  });
});
