import { describe, expect, it } from 'vitest';
import type { UpstreamStep } from '../../support/scripted-upstream-script.ts';
import { share } from '../../support/start-calute.ts';
import { startDirect } from './start-direct.ts';

const calute = share(startDirect);

const chunk = (text: string, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'x', object: 'text_completion', choices: [{ index: 0, text, logprobs: null, finish_reason: null, ...more }] })}\n\n`;
const tokenOf = (token: string, at: number) => ({
  tokens: [token],
  token_logprobs: [-0.5],
  top_logprobs: [{ [token]: -0.5 }],
  text_offset: [at],
});
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const written: UpstreamStep[] = [
  {
    type: 'chunks',
    chunks: [
      chunk(' two', { logprobs: tokenOf(' two', 3) }),
      chunk(' three', { logprobs: tokenOf(' three', 7), finish_reason: 'length' }),
      `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
    ],
  },
];

describe('/v1/completions', () => {
  it('passes prompt, suffix, echo and logprobs on, and gives one text with what is known of its tokens', async () => {
    const { openai, upstream } = calute();
    await upstream.script('writer', written);
    const asked = {
      model: 'writer',
      suffix: ' four',
      echo: true,
      logprobs: 1,
      max_tokens: 0,
      temperature: 0,
      seed: 7,
    };
    const completion = await openai.completions.create({ ...asked, prompt: ['one'] });
    expect(await calute().lastSent('writer')).toEqual({
      path: '/v1/completions',
      body: { ...asked, prompt: 'one', stream: true, stream_options: { include_usage: true } },
    });
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      model: 'writer',
      choices: [
        {
          index: 0,
          text: ' two three',
          finish_reason: 'length',
          logprobs: {
            tokens: [' two', ' three'],
            token_logprobs: [-0.5, -0.5],
            top_logprobs: [{ ' two': -0.5 }, { ' three': -0.5 }],
            text_offset: [3, 7],
          },
        },
      ],
      usage,
    });
  });

  it('streams what it gives whole, and the same bytes again by its id', async () => {
    const { url, openai, upstream } = calute();
    await upstream.script('writer', written);
    const asked = { model: 'writer', prompt: [1, 2], logprobs: 0 };
    const { data: stream, response } = await openai.completions
      .create({ ...asked, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map(({ choices }) => choices[0]?.text ?? null)).toEqual([' two', ' three', '', null]);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['length']);
    expect(chunks[1]?.choices[0]?.logprobs?.text_offset).toEqual([7]);
    expect(chunks.at(-1)?.usage).toMatchObject(usage);
    const id = response.headers.get('x-calute-run-id');
    const again = await (await fetch(`${url}/v1/chat/completions/${id}/stream`)).text();
    const texts = again.split('\n').filter((line) => line.startsWith('data: {'));
    expect(texts.map((line) => JSON.parse(line.slice(6)))).toEqual(chunks);
    expect(again.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('goes to the model without the agent’s loop: offline words that the prompt decides', async () => {
    const { openai } = calute();
    const ask = async (max_tokens: number) =>
      (await openai.completions.create({ model: 'offline', prompt: 'Once', max_tokens })).choices[0];
    const short = await ask(2);
    expect(short).toMatchObject({ finish_reason: 'length', logprobs: null });
    expect((await ask(8))?.text.startsWith(short?.text ?? '?')).toBe(true);
  });
});

describe('a body that cannot be asked', () => {
  it.each<[string, object, number, string, string]>([
    ['completions', { model: 'writer' }, 400, 'invalid_request', 'prompt'],
    ['completions', { model: 'writer', prompt: 'a', n: 2 }, 400, 'unsupported_parameter', 'n'],
    ['completions', { model: 'writer', prompt: 'a', best_of: 2 }, 400, 'unsupported_parameter', 'best_of'],
    ['completions', { model: 'writer', prompt: ['a', 'b'] }, 400, 'unsupported_parameter', 'prompt'],
    ['completions', { model: 'writer', prompt: 'a', logprobs: true }, 400, 'invalid_request', 'logprobs'],
    [
      'completions',
      { model: 'writer', prompt: 'a', stream_options: {} },
      400,
      'invalid_request',
      'stream_options',
    ],
    ['completions', { model: 'offline', prompt: 'a', suffix: 'b' }, 400, 'unsupported_parameter', 'suffix'],
    ['completions', { model: 'vectors', prompt: 'a' }, 404, 'model_not_found', 'model'],
  ])('%s %j is %i %s', async (path, body, status, code, param) => {
    const response = await calute().post(path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, param, message: expect.any(String) } });
  });
});
