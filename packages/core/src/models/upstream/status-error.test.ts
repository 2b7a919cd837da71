import { describe, expect, test } from 'vitest';
import { toClient } from '../fake-upstream.ts';
import { createOpenAiProvider } from '../openai/create-openai-provider.ts';

const monthMs = 31 * 24 * 3_600_000;

/** Calls a model whose upstream answers like this. */
async function run(
  status: number,
  answer: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const fetch = async () => new Response(JSON.stringify(answer), { status, headers });
  const provider = createOpenAiProvider(
    'm',
    { baseUrl: 'http://up.test/v1', apiKey: 'sk-secret' },
    toClient(fetch),
  );
  const call = {
    messages: [{ role: 'user' as const, content: 'hi' }],
    sampling: {},
    tools: [],
    toolChoice: undefined,
    parameters: {},
  };
  return Array.fromAsync(provider.stream(call, new AbortController().signal));
}

describe('a status of the upstream', () => {
  const body = (code: string | null = null) => ({
    error: { message: 'It says so, sk-secret', type: 't', param: 'temperature', code },
  });

  test.each([
    [400, body(), 'invalid_request', { param: 'temperature', message: 'It says so, [redacted]' }],
    [400, body('context_length_exceeded'), 'context_length_exceeded', {}],
    [
      400,
      { error: { code: 400, message: 'too long', type: 'exceed_context_size_error', n_ctx: 4096 } },
      'context_length_exceeded',
      { param: undefined },
    ],
    [
      400,
      { error: { code: 400, message: 'too long', type: 'BadRequestError', param: 'input_tokens' } },
      'context_length_exceeded',
      {},
    ],
    [
      307,
      {},
      'upstream_error',
      { message: expect.stringContaining('307, a redirect, which is not followed') },
    ],
    [422, { detail: 'bad field' }, 'invalid_request', { message: 'bad field' }],
    [
      400,
      { object: 'error', message: 'vLLM says', param: null, code: 400 },
      'invalid_request',
      { message: 'vLLM says' },
    ],
    [
      404,
      { error: 'model "x" not found' },
      'upstream_error',
      { message: expect.stringContaining('model "x" not found') },
    ],
    [
      401,
      body(),
      'upstream_unauthorized',
      { message: expect.stringMatching(/operator has to set a valid key/) },
    ],
    [403, body(), 'upstream_unauthorized', {}],
    [402, body(), 'insufficient_quota', {}],
    [413, body(), 'request_too_large', {}],
    [408, body(), 'upstream_timeout', {}],
    [504, 'a page', 'upstream_timeout', {}],
    [429, body('insufficient_quota'), 'insufficient_quota', {}],
    [500, body(), 'upstream_error', { message: expect.stringContaining('It says so, [redacted]') }],
    [503, '', 'server_is_overloaded', {}],
    [529, body(), 'server_is_overloaded', {}],
  ])('of %i with %j is %s', async (status, answer, code, more) => {
    const thrown: unknown = await run(status, answer).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code, ...more });
    expect(String(thrown)).not.toContain('sk-secret');
    expect(JSON.stringify(thrown)).not.toContain('sk-secret');
  });

  test('keeps what was answered beside what that stands for', async () => {
    const cause = { status: 429, answered: 500 };
    await expect(run(500, body('rate_limit_exceeded'))).rejects.toMatchObject({ cause });
  });

  test.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '60' }, 1500],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '1e308' }, monthMs],
    [{ 'x-ratelimit-reset': '9'.repeat(400) }, monthMs],
    [{ 'x-ratelimit-reset-tokens': `${'9'.repeat(400)}s` }, monthMs],
    [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, monthMs],
    [{}, undefined],
  ])('of 429 with %j says when to come back', async (headers, retryAfterMs) => {
    const limited = run(429, body('rate_limit_exceeded'), headers);
    await expect(limited).rejects.toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs });
  });
});
