import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const sampled = { id: 'sampled', model: 'openai:sampled', sampling: { temperature: 0.5, maxTokens: 100 } };

/** One that takes sampling values from requests, and one that does not. */
async function start(settings: Record<string, string>) {
  const installation = await prepareCalute([...passOn('plain'), sampled]);
  const [api] = await Promise.all([installation.startApi(), installation.startWorker(settings)]);
  await installation.upstream.script('plain', textAnswer(['Yes']));
  await installation.upstream.script('sampled', textAnswer(['Yes']));
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return {
    ...installation,
    /** What the upstream was sent for `params`, and what the client's response headers were. */
    async send(params: OpenAI.ChatCompletionCreateParams) {
      const { response } = await openai.chat.completions.create({ ...params, stream: false }).withResponse();
      const request = (await installation.upstream.requests(params.model)).at(-1);
      if (request === undefined) throw new Error('Nothing reached the upstream.');
      return { request, ignored: response.headers.get('x-calute-ignored-params') };
    },
  };
}

const open = share(() => start({ CALUTE_OVERRIDE_SAMPLINGS: 'true' }));
const strict = share(() => start({}));

describe('what reaches the upstream', () => {
  it('is what the client sent to a plain agent, and nothing else', async () => {
    const { request } = await strict().send(ask('plain', 'Hi'));
    expect(request.path).toBe('/v1/chat/completions');
    expect(request.headers['authorization']).toBe('Bearer sk-upstream');
    expect(request.body).toEqual({
      model: 'plain',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('has the messages as they are, images included', async () => {
    const pixel = 'data:image/png;base64,iVBORw0KGgo=';
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is the weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'snow' },
      { role: 'assistant', content: 'Snow.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And here? ❄️' },
          { type: 'image_url', image_url: { url: pixel, detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ];
    const { request } = await strict().send({ model: 'plain', messages });
    expect(request.body['messages']).toEqual(messages);
  });

  it('has the values of the request where the worker allows it, 0 included', async () => {
    const sent = { temperature: 0, top_p: 0.5, max_tokens: 5, stop: ['END'], presence_penalty: 0, top_k: 3 };
    const { request, ignored } = await open().send({ ...ask('sampled'), ...sent } as never); // because top_k is not OpenAI's
    expect(request.body).toMatchObject(sent);
    expect(ignored).toBeNull();
  });

  it('does not leak from one request into the next', async () => {
    const { request: first } = await open().send({ ...ask('sampled'), temperature: 0, top_p: 0.1 });
    expect(first.body).toMatchObject({ temperature: 0, top_p: 0.1, max_tokens: 100 });
    const { request: second } = await open().send(ask('sampled'));
    expect(second.body).toMatchObject({ temperature: 0.5, max_tokens: 100 });
    expect(second.body).not.toHaveProperty('top_p');
  });

  it('has the values of the agent where the worker does not, and the answer names what was ignored', async () => {
    const { request, ignored } = await strict().send({
      ...ask('sampled'),
      temperature: 0,
      max_completion_tokens: 5,
    });
    expect(request.body).toMatchObject({ temperature: 0.5, max_tokens: 100 });
    expect(ignored?.split(',').sort()).toEqual(['max_completion_tokens', 'temperature']);
    expect((await strict().send(ask('sampled'))).ignored).toBeNull();
  });

  it('has what only the provider can honour', async () => {
    const sent = {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object' }, strict: true },
      },
      seed: 7,
      reasoning_effort: 'low',
      user: 'me',
      logit_bias: { '50256': -100 },
    } as const;
    await strict().upstream.script('plain', textAnswer(['{}']));
    expect((await strict().send({ ...ask('plain'), ...sent })).request.body).toMatchObject(sent);
  });
});
