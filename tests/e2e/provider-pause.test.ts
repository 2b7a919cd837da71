import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { createRedisProviderState } from '../../packages/core/src/fleet/pacing/redis-provider-state.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';
import { connectTestRedis } from '../support/test-redis.ts';

const slowDown = { error: { message: 'Slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' } };
const models = ['streamed', 'whole', 'other', 'reset', 'shared', 'capped'];

/** One API and two workers. */
const calute = share(async () => {
  const installation = await prepareCalute(passOn(...models));
  const settings = { WORKER_CONCURRENCY: '4', OPENAI_MAX_CONCURRENCY: '2' };
  const [api] = await Promise.all([
    installation.startApi({ SSE_HEARTBEAT_MS: '200' }),
    installation.startWorker(settings),
    installation.startWorker(settings),
  ]);
  const { completions } = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }).chat;
  const stream = (model: string) =>
    openSse(`${api.url}/v1/chat/completions`, { body: { ...ask(model), stream: true } });
  return { ...installation, completions, stream };
});

describe('a provider that asks for a pause', () => {
  it('delays a stream, with keep-alives, and holds up no other model', async () => {
    const { upstream, stream, completions } = calute();
    await upstream.script(
      'streamed',
      failure(429, slowDown, { 'retry-after': '2' }),
      textAnswer(['At ', 'last']),
    );
    await upstream.script('other', textAnswer(['At once']));
    const startedAt = performance.now();
    await using streamed = await stream('streamed');
    await upstream.waitForRequests('streamed', 1);
    const other = await completions.create(ask('other'));
    expect(other.choices[0]?.message.content).toBe('At once');
    expect(performance.now() - startedAt).toBeLessThan(2000);
    const text = await streamed.readAll();
    expect(performance.now() - startedAt).toBeGreaterThan(2000);
    expect(text).toMatch(/^: .+$/m);
    expect(contentOf(text)).toBe('At last');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    expect(await upstream.requests('streamed')).toHaveLength(2);
  });

  it('delays an answer that is not streamed, for a 503 as for a 429', async () => {
    const { upstream, completions } = calute();
    await upstream.script('whole', failure(503, slowDown, { 'retry-after-ms': '300' }), textAnswer(['Fine']));
    const answer = await completions.create(ask('whole'));
    expect(answer.choices[0]?.message.content).toBe('Fine');
  });

  it('may say so by the end of its rate limit', async () => {
    const { upstream, completions } = calute();
    const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1.2s' };
    await upstream.script('reset', failure(429, slowDown, headers), textAnswer(['Fine']));
    const startedAt = performance.now();
    await completions.create(ask('reset'));
    expect(performance.now() - startedAt).toBeGreaterThan(1200);
  });

  it('is asked by no worker meanwhile', async () => {
    const { upstream, environment, completions } = calute();
    await upstream.script('shared', failure(429, slowDown, { 'retry-after': '2' }), textAnswer(['Fine']));
    const keys = createKeys(environment['CALUTE_PREFIX']);
    const state = createRedisProviderState({ redis: connectTestRedis(), keys });
    const first = completions.create(ask('shared'));
    const pausedMs = async () => {
      const { nowMs, lanes } = await state.read();
      return (lanes.find(({ name }) => name.endsWith(' shared'))?.pausedUntilMs ?? 0) - nowMs;
    };
    await expect.poll(pausedMs, { timeout: 5000 }).toBeGreaterThan(1000);
    const others = Array.from({ length: 5 }, () => completions.create(ask('shared')));
    await expect.poll(pausedMs, { timeout: 5000 }).toBeLessThan(500);
    expect(await upstream.requests('shared')).toHaveLength(1);
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(Array(6).fill('Fine'));
  });
});

it('a cap on concurrency holds over all workers, and what is over it waits', async () => {
  const { upstream, completions } = calute();
  await upstream.script('capped', [{ type: 'gate', name: 'go' }, ...textAnswer(['Fine'])]);
  const answers = Array.from({ length: 6 }, () => completions.create(ask('capped')));
  await upstream.waitForRequests('capped', 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await upstream.requests('capped')).toHaveLength(2);
  await upstream.release('go');
  for (const { choices } of await Promise.all(answers)) expect(choices[0]?.message.content).toBe('Fine');
});
