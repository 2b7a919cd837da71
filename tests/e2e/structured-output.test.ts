import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateObject, streamObject } from 'ai';
import { OpenAI } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const models = ['parse', 'stream', 'twice', 'cut', 'generate', 'stream-object', 'hidden', 'lost'];

/** An installation whose upstream enforces formats, as far as it is told, or does not. */
async function start(settings: Readonly<Record<string, string>>) {
  const installation = await prepareCalute([...passOn(...models), { id: 'echo', model: 'offline:echo' }]);
  const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker(settings)]);
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const provider = createOpenAICompatible({
    name: 'calute',
    baseURL: `${api.url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return { ...installation, api, worker, openai, chatModel: (id: string) => provider.chatModel(id) };
}

const calute = share(() => start({}));
const enforcing = share(() => start({ OPENAI_ENFORCES_FORMAT: 'true' }));

const weather = z.object({ city: z.string(), degrees: z.int() });
const response_format = zodResponseFormat(weather, 'weather');
const good = ['{"city":', '"Oslo",', '"degrees":-3}'];
const bad = ['In Oslo ', 'it is ', '-3 degrees.'];
const oslo = { city: 'Oslo', degrees: -3 };

describe('an upstream that answers wrong and then right', () => {
  it('serves the parse helper of the openai package, with the usage of both answers', async () => {
    const { openai, upstream } = calute();
    await upstream.script('parse', textAnswer(bad), textAnswer(good));
    const completion = await openai.chat.completions.parse({ ...ask('parse'), response_format });
    expect(completion.choices[0]?.message.parsed).toEqual(oslo);
    expect(completion.usage).toMatchObject({ prompt_tokens: 14, completion_tokens: 6 });
    const [first, second] = await upstream.requests('parse');
    expect(first?.body['response_format']).toEqual(JSON.parse(JSON.stringify(response_format)));
    expect(second?.body).toMatchObject({
      response_format: { type: 'json_schema' },
      messages: [{ role: 'user' }, { role: 'assistant', content: bad.join('') }, { role: 'user' }],
    });
    await expect.poll(() => calute().worker.log()).toContain('run.answer-repaired');
    expect(calute().worker.log()).not.toContain('degrees.');
  });

  it('serves the streaming helper, and nothing of the wrong answer is streamed', async () => {
    const { openai, upstream } = calute();
    await upstream.script('stream', textAnswer(bad), textAnswer(good));
    const helper = openai.chat.completions.stream({ ...ask('stream'), stream: true, response_format });
    const texts: string[] = [];
    helper.on('content.delta', ({ delta }) => texts.push(delta));
    const completion = await helper.finalChatCompletion();
    expect(completion.choices[0]?.message.parsed).toEqual(oslo);
    expect(texts.join('')).toBe(good.join(''));
  });

  it('serves generateObject of the AI SDK', async () => {
    const { chatModel, upstream } = calute();
    await upstream.script('generate', textAnswer(bad), textAnswer(good));
    const { object } = await generateObject({
      model: chatModel('generate'),
      schema: weather,
      prompt: 'Oslo?',
    });
    expect(object).toEqual(oslo);
    expect(await upstream.requests('generate')).toHaveLength(2);
  });

  it('serves streamObject of the AI SDK', async () => {
    const { chatModel, upstream } = calute();
    await upstream.script('stream-object', textAnswer(bad), textAnswer(good));
    const result = streamObject({ model: chatModel('stream-object'), schema: weather, prompt: 'Oslo?' });
    const partial = await Array.fromAsync(result.partialObjectStream);
    expect(partial.at(-1)).toEqual(oslo);
    expect(await result.object).toEqual(oslo);
    expect(await upstream.requests('stream-object')).toHaveLength(2);
  });
});

describe('an upstream that answers wrong twice', () => {
  it('is an honest HTTP status that no client retries, streaming or not', async () => {
    const { openai, upstream } = calute();
    await upstream.script('twice', textAnswer(bad));
    for (const stream of [false, true]) {
      const asked = openai.chat.completions.create({ ...ask('twice'), response_format, stream });
      const error = await asked.catch((raised: unknown) => raised);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ status: 502, code: 'invalid_structured_output', type: 'server_error' });
      expect(Object(error).headers.get('x-should-retry')).toBe('false');
    }
    expect(await upstream.requests('twice')).toHaveLength(4);
  });
});

describe('an answer that a limit cut off', () => {
  it('passes with its true finish reason', async () => {
    const { openai, upstream } = calute();
    await upstream.script('cut', textAnswer(good.slice(0, 2), { finishReason: 'length' }));
    const completion = await openai.chat.completions.create({ ...ask('cut'), response_format });
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: good.slice(0, 2).join('') },
    });
    expect(await upstream.requests('cut')).toHaveLength(1);
  });
});

describe('a worker that dies while an answer is kept back', () => {
  it('is replaced without a trace, for nothing had been shown', { timeout: 60_000 }, async () => {
    const installation = await start({});
    await using _all = installation;
    const { api, upstream, worker } = installation;
    const [begun] = textAnswer(good);
    if (begun?.type !== 'chunks') throw new Error('unexpected script');
    const half = { ...begun, chunks: begun.chunks.slice(0, 3) };
    await upstream.script('lost', [half, { type: 'hang' }], textAnswer(good));
    const body = { ...ask('lost'), stream: true, response_format };
    await using stream = await openSse(`${api.url}/v1/chat/completions`, { body });
    await upstream.waitForRequests('lost', 1);
    await worker.stop('SIGKILL');
    await installation.startWorker();
    const text = await stream.readAll();
    expect(contentOf(text)).toBe(good.join(''));
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
  });
});

describe('an upstream that enforces the format', () => {
  it('is streamed as it comes', async () => {
    const { api, upstream } = enforcing();
    const [whole] = textAnswer(good);
    if (whole?.type !== 'chunks') throw new Error('unexpected script');
    const [start, end] = [whole.chunks.slice(0, 2), whole.chunks.slice(2)];
    await upstream.script('stream', [
      { type: 'chunks', chunks: start },
      { type: 'gate', name: 'seen' },
      { type: 'chunks', chunks: end },
    ]);
    const body = { ...ask('stream'), stream: true, response_format };
    await using stream = await openSse(`${api.url}/v1/chat/completions`, { body });
    await stream.readUntil((text) => text.includes('city'));
    await upstream.release('seen');
    const text = await stream.readAll();
    expect(contentOf(text)).toBe(good.join(''));
    expect(text).toContain('[DONE]');
  });

  it('that fails to is told in-band after its text, without [DONE]', async () => {
    const { api, upstream } = enforcing();
    await upstream.script('twice', textAnswer(bad));
    const body = { ...ask('twice'), stream: true, response_format };
    await using stream = await openSse(`${api.url}/v1/chat/completions`, { body });
    const text = await stream.readAll();
    expect(contentOf(text)).toBe(bad.join(''));
    expect(JSON.parse(parseEvents(text).at(-1)?.data ?? '')).toMatchObject({
      error: { code: 'invalid_structured_output', type: 'server_error' },
    });
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"stop"');
    expect(await upstream.requests('twice')).toHaveLength(1);
  });
});

describe('an offline model', () => {
  it('makes an instance of any simple schema, so that clients can be tried without a network', async () => {
    const { openai, chatModel } = calute();
    const completion = await openai.chat.completions.parse({ ...ask('echo', 'Oslo'), response_format });
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Oslo', degrees: 0 });
    const { object } = await generateObject({ model: chatModel('echo'), schema: weather, prompt: 'Oslo' });
    expect(object).toEqual({ city: 'Oslo', degrees: 0 });
  });
});

describe('a schema that nothing can be checked against', () => {
  it('is refused before there is a run, with the place of its fault', async () => {
    const { openai, upstream } = calute();
    const schema = { type: 'object', properties: { city: { type: 'text' } } };
    const json_schema = { name: 'weather', schema, strict: true };
    const asked = openai.chat.completions.create({
      ...ask('hidden'),
      response_format: { type: 'json_schema', json_schema },
    });
    const error = await asked.catch((raised: unknown) => raised);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'response_format.json_schema.schema.properties.city.type',
    });
    expect(Object(error).headers.get('x-calute-run-id')).toBeNull();
    expect(await upstream.requests('hidden')).toEqual([]);
  });
});
