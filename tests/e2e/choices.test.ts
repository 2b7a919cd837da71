import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { gatedAnswer, hangingAnswer } from '../support/gated-answer.ts';
import { openSse, parseEvents, parseWholeEvents } from '../support/read-sse.ts';
import { failure } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute([
    { id: 'lorem', model: 'offline:lorem?tokens=30' },
    ...passOn('gated', 'refused'),
  ]);
  const [api, other] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
  ]);
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, api, other, openai };
});

describe('three choices', () => {
  it('are one answer with three texts, in order, and the usage of all', async () => {
    const { choices, usage } = await calute().openai.chat.completions.create({ ...ask('lorem'), n: 3 });
    expect(choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'stop'],
      [1, 'stop'],
      [2, 'stop'],
    ]);
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(3);
    const [alone] = (await calute().openai.chat.completions.create(ask('lorem'))).choices;
    expect(choices[0]).toEqual(alone);
    expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 90, total_tokens: 93 });
  });

  it('stream side by side, each with one role and one finish reason, and say the same', async () => {
    const { completions } = calute().openai.chat;
    const request = { ...ask('lorem'), n: 3, seed: 5 };
    const whole = await completions.create(request);
    const stream = await completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const deltas = chunks.flatMap(({ choices }) => choices);
    for (const { index, message } of whole.choices) {
      const own = deltas.filter((choice) => choice.index === index);
      expect(own[0]?.delta.role).toBe('assistant');
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe(message.content);
      expect(own.flatMap(({ finish_reason }) => finish_reason ?? [])).toEqual(['stop']);
      expect(own.at(-1)?.finish_reason).toBe('stop');
    }
    const firstEnd = deltas.findIndex(({ finish_reason }) => finish_reason !== null);
    expect(new Set(deltas.slice(0, firstEnd).map(({ index }) => index)).size).toBe(3);
    expect(chunks.filter(({ usage }) => usage).map(({ usage }) => usage?.completion_tokens)).toEqual([90]);
  });

  it('are assembled by the helper', async () => {
    const { completions } = calute().openai.chat;
    const whole = await completions.create({ ...ask('lorem', 'once more'), n: 3 });
    const runner = completions.stream({ ...ask('lorem', 'once more'), n: 3, stream: true });
    const { choices } = await runner.finalChatCompletion();
    expect(choices.map(({ message }) => message.content)).toEqual(
      whole.choices.map(({ message }) => message.content),
    );
  });
});

it('are resumed in the middle on another API, under dense ids, byte for byte', async () => {
  const { upstream, api, other } = calute();
  const answers = ['one ', 'eins '].map((before) => gatedAnswer([before], 'gated', ['!']));
  await upstream.script('gated', ...answers);
  const body = { ...ask('gated'), n: 2, stream: true };
  await using stream = await openSse(`${api.url}/v1/chat/completions`, { body });
  const runId = stream.headers.get('x-calute-run-id');
  const follow = (seen: number) =>
    fetch(`${other.url}/v1/chat/completions/${runId}/stream`, { headers: { 'Last-Event-ID': `${seen}` } });
  const live = await Promise.all([follow(1), follow(3)]);
  // Two roles, two words.
  await stream.readUntil((text) => parseWholeEvents(text).length === 4);
  await upstream.release('gated');
  const bytes = await stream.readAll();
  expect(runIdOf(bytes)).toBe(runId);
  const events = parseEvents(bytes);
  // Two roles, four words, two finish reasons, [DONE].
  expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data).choices[0]);
  const said = [0, 1].map((index) =>
    chunks
      .filter((chunk) => chunk.index === index)
      .map(({ delta }) => delta.content ?? '')
      .join(''),
  );
  expect(said.toSorted()).toEqual(['eins !', 'one !']);
  const rest = (seen: number) => parseWholeEvents(bytes).slice(seen);
  expect(parseEvents(await (live[0]?.text() ?? ''))).toEqual(rest(1));
  expect(parseEvents(await (live[1]?.text() ?? ''))).toEqual(rest(3));
  for (let seen = 0; seen < 9; seen++) {
    const text = await (await follow(seen)).text();
    expect(bytes.endsWith(text)).toBe(true);
    expect(parseEvents(text)).toEqual(rest(seen));
  }
});

it.each([false, true])('fail together with the first that fails, streaming: %s', async (stream) => {
  const { upstream, openai } = calute();
  const refusal = failure(400, { error: { message: 'No such thing' } });
  await upstream.script('refused', hangingAnswer([]), refusal);
  const seen = (await upstream.requests('refused')).length;
  const answer = openai.chat.completions.create({ ...ask('refused'), n: 2, stream });
  await expect(answer).rejects.toMatchObject({ status: 400 });
  const requests = await upstream.waitForRequests('refused', seen + 2);
  const ends = await Promise.all(requests.slice(seen).map(({ id }) => upstream.waitForEnd(id)));
  expect(ends.map(({ state }) => state)).toContain('closed-early');
});
