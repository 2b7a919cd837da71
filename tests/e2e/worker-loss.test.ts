import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { hangingAnswer } from '../support/gated-answer.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { type Calute, passOn, prepareCalute, share } from '../support/start-calute.ts';

/** The lock of a worker's runs, how often locks are looked at, and something for a slow machine. */
const longestPauseMs = 10_000 + 2000 + 3000;

/** What a client got, and how long after the kill it was over. */
interface Outcome<Result> {
  readonly result: Result;
  readonly afterMs: number;
}

/** Clients of one worker that is killed while it holds all their runs; a second one is there to take them over. */
const loss = share(async () => {
  const calute = await prepareCalute(passOn('silent', 'whole', 'half', 'half-sdk'));
  const [api, doomed] = await Promise.all([
    calute.startApi({ SSE_HEARTBEAT_MS: '1000' }),
    calute.startWorker(),
  ]);
  await scriptAttempts(calute);
  const url = `${api.url}/v1/chat/completions`;
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  let killedAt = Number.POSITIVE_INFINITY;
  const time = async <Result>(answer: Promise<Result>): Promise<Outcome<Result>> => {
    const result = await answer;
    return { result, afterMs: performance.now() - killedAt };
  };
  const silent = openSse(url, { body: { ...ask('silent'), stream: true } });
  const half = await openSse(url, { body: { ...ask('half'), stream: true } });
  const outcomes = {
    silent: time(silent.then((stream) => stream.readAll())),
    half: time(half.readAll()),
    halfSdk: time(iterate(openai, 'half-sdk')),
    whole: time(openai.chat.completions.create(ask('whole')).catch((error: unknown) => error)),
  };
  await half.readUntil((text) => text.includes('first attempt'));
  for (const model of ['silent', 'whole', 'half-sdk']) await calute.upstream.waitForRequests(model, 1);
  await calute.startWorker();
  killedAt = performance.now();
  expect(await doomed.stop('SIGKILL')).toBe('SIGKILL');
  return { ...calute, ...outcomes };
});

async function scriptAttempts({ upstream }: Calute): Promise<void> {
  const second = textAnswer(['second ', 'attempt']);
  await upstream.script('silent', [{ type: 'hang' }], second);
  for (const model of ['whole', 'half', 'half-sdk']) {
    await upstream.script(model, hangingAnswer(['first attempt, ']), second);
  }
}

/** What the SDK gives of a stream, and what it raises in the end. */
async function iterate(openai: OpenAI, model: string): Promise<{ texts: unknown[]; error: unknown }> {
  const texts: unknown[] = [];
  try {
    const stream = await openai.chat.completions.create({ ...ask(model), stream: true });
    for await (const { choices } of stream) texts.push(choices[0]?.delta.content);
    return { texts, error: undefined };
  } catch (error) {
    return { texts, error };
  }
}

describe('after kill -9 of a worker', () => {
  it('a stream that had said nothing goes on with another worker: its client sees only a pause', async ({
    annotate,
  }) => {
    const { result: text, afterMs } = await loss().silent;
    await annotate(`before the first token: over ${Math.round(afterMs)} ms after the kill`);
    expect(contentOf(text)).toBe('second attempt');
    const events = parseEvents(text);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.data).toBe('[DONE]');
    expect(text.match(/^: keep-alive$/gm)?.length).toBeGreaterThan(2);
    expect(afterMs).toBeLessThan(longestPauseMs);
    expect(await loss().upstream.requests('silent')).toHaveLength(2);
  });

  it('a whole answer is wholly that of the second attempt', async ({ annotate }) => {
    const { result, afterMs } = await loss().whole;
    await annotate(`whole answer: over ${Math.round(afterMs)} ms after the kill`);
    expect(result).toMatchObject({
      choices: [{ message: { content: 'second attempt' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
    expect(afterMs).toBeLessThan(longestPauseMs);
    expect(await loss().upstream.requests('whole')).toHaveLength(2);
  });

  it('a stream in mid-answer ends with worker_lost in-band, and two attempts are never spliced', async ({
    annotate,
  }) => {
    const { result: text, afterMs } = await loss().half;
    await annotate(`in mid-answer: over ${Math.round(afterMs)} ms after the kill`);
    expect(contentOf(text)).toBe('first attempt, ');
    const events = parseEvents(text);
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(JSON.parse(events.at(-1)?.data ?? '')).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code: 'worker_lost' },
    });
    expect(text).not.toContain('"finish_reason":"');
    expect(afterMs).toBeLessThan(longestPauseMs);
    expect(await loss().upstream.requests('half')).toHaveLength(1);
  });

  it('the SDK raises that error after the text', async () => {
    const { result } = await loss().halfSdk;
    expect(result.texts).toEqual(['', 'first attempt, ']);
    expect(result.error).toBeInstanceOf(OpenAI.APIError);
    expect(result.error).toMatchObject({ code: 'worker_lost' });
  });
});
