import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const refusal = (message: string) => ({
  error: { message, type: 'server_error', param: null, code: null },
});

/** One of its own for each test: what an upstream does is remembered. */
const start = (model: string, settings: Readonly<Record<string, string>> = {}) =>
  share(async () => {
    const installation = await prepareCalute(passOn(model));
    const [api] = await Promise.all([installation.startApi(), installation.startWorker(settings)]);
    const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const { completions } = openai.chat;
    return {
      ...installation,
      completions,
      fail: (stream: boolean) =>
        completions.create({ ...ask(model), stream }).then(
          () => expect.unreachable('The request went well.'),
          (error: unknown) => error,
        ),
    };
  });

const passing = start('passing');
const limited = start('limited', { PROVIDER_WAIT_S: '2' });
const down = start('down', { PROVIDER_WAIT_S: '1' });

describe('an upstream that fails before its first byte', () => {
  it('is asked again, and the client sees a normal stream', async () => {
    const { completions, upstream } = passing();
    const overloaded = failure(503, refusal('Busy'));
    await upstream.script('passing', overloaded, overloaded, textAnswer(['All ', 'is well']));
    const stream = completions.stream({ ...ask('passing'), stream: true });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      message: { content: 'All is well' },
      finish_reason: 'stop',
    });
    expect(await upstream.requests('passing')).toHaveLength(3);
  });

  it('that asks for a long pause is not asked again, and the client is told when to come back', async () => {
    const { fail, upstream } = limited();
    await upstream.script('limited', failure(429, refusal('Slow down'), { 'retry-after': '20' }));
    for (const stream of [true, false]) {
      const error = await fail(stream);
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' });
      expect(retryAfterOf(error)).toBeGreaterThan(10);
      expect(retryAfterOf(error)).toBeLessThanOrEqual(20);
      // The second run is held up by what the first one was told.
      expect(await upstream.requests('limited')).toHaveLength(1);
    }
  });

  it('in five runs on end is left alone, and the next run is refused at once', async () => {
    const { fail, upstream } = down();
    await upstream.script('down', failure(500, refusal('Out of order')));
    const failures = await Promise.all(Array.from({ length: 5 }, () => fail(false)));
    for (const error of failures) expect(error).toMatchObject({ status: 502, code: 'upstream_error' });
    expect(await upstream.requests('down')).toHaveLength(15);
    for (const stream of [true, false]) {
      const error = await fail(stream);
      expect(error).toMatchObject({ status: 503, code: 'server_is_overloaded' });
      expect(error).toHaveProperty('message', expect.stringContaining(new URL(upstream.url).host));
      expect(retryAfterOf(error)).toBeLessThanOrEqual(5);
    }
    expect(await upstream.requests('down')).toHaveLength(15);
  });
});

function retryAfterOf(error: unknown): number {
  return Number(error instanceof OpenAI.APIError ? error.headers?.get('retry-after') : undefined);
}
