import { describe, expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { gatedAnswer, hangingAnswer } from '../support/gated-answer.ts';
import { contentOf, parseEvents } from '../support/read-sse.ts';
import { share } from '../support/start-calute.ts';
import { startReplicas } from '../support/start-replicas.ts';

const models = [
  'crowd',
  'crowd-whole',
  'reused',
  'cancelled',
  'cancelled-whole',
  'finished',
  'slow',
  'slow-whole',
];
const replicas = share(() => startReplicas(models, {}));

const keyed = (key: string) => ({ 'Idempotency-Key': key });

describe('an Idempotency-Key', () => {
  it('makes 50 simultaneous streams one run, and a later retry its replay', async () => {
    const { upstream, post, apis } = replicas();
    await upstream.script('crowd', gatedAnswer(['All ', 'for '], 'crowd', ['one']));
    const send = (index: number) =>
      post(apis[index % 2 === 0 ? 0 : 1], { ...ask('crowd'), stream: true }, keyed('crowd'));
    const streams = await Promise.all(Array.from({ length: 50 }, (_, index) => send(index)));
    await Promise.all(streams.map((stream) => stream.readUntil((text) => text.includes('for '))));
    await upstream.release('crowd');
    const texts = await Promise.all(streams.map((stream) => stream.readAll()));
    expect(new Set(texts).size).toBe(1);
    expect(contentOf(texts[0] ?? '')).toBe('All for one');
    expect(await (await send(1)).readAll()).toBe(texts[0]);
    expect(await upstream.requests('crowd')).toHaveLength(1);
  });

  it('makes 50 simultaneous whole answers one run, and a later retry its replay', async () => {
    const { upstream, post, apis } = replicas();
    await upstream.script('crowd-whole', gatedAnswer(['All '], 'crowd-whole', ['for one']));
    const send = async (index: number) => {
      const answer = await post(apis[index % 2 === 0 ? 0 : 1], ask('crowd-whole'), keyed('crowd-whole'));
      return { status: answer.status, body: JSON.parse(await answer.readAll()) };
    };
    const sent = Array.from({ length: 50 }, (_, index) => send(index));
    await upstream.waitForRequests('crowd-whole', 1);
    await upstream.release('crowd-whole');
    const answers = await Promise.all(sent);
    expect(answers[0]).toMatchObject({
      status: 200,
      body: { choices: [{ message: { content: 'All for one' } }] },
    });
    for (const answer of [...answers, await send(1)]) expect(answer).toEqual(answers[0]);
    expect(await upstream.requests('crowd-whole')).toHaveLength(1);
  });

  it('is refused with another body, and is another key for another tenant', async () => {
    const { upstream, post, apis, secrets } = replicas();
    await upstream.script('reused', gatedAnswer([], 'reused', ['Yes']));
    await upstream.release('reused');
    const first = await post(apis[0], ask('reused'), keyed('reused'));
    const firstId = JSON.parse(await first.readAll()).id;
    for (const body of [ask('reused', 'Something else'), { ...ask('reused'), stream: true }]) {
      const other = await post(apis[1], body, keyed('reused'));
      expect(other.status).toBe(422);
      expect(other.headers.get('x-should-retry')).toBe('false');
      expect(JSON.parse(await other.readAll()).error.code).toBe('idempotency_key_reused');
    }
    const authorization = `Bearer ${secrets[1]}`;
    const foreign = await post(apis[0], ask('reused', 'Something else'), {
      ...keyed('reused'),
      authorization,
    });
    expect(foreign.status).toBe(200);
    expect(JSON.parse(await foreign.readAll()).id).not.toBe(firstId);
    expect(await upstream.requests('reused')).toHaveLength(2);
  });
});

describe('a cancel through another API', () => {
  it('ends a running stream in-band and closes the socket of the upstream, and again changes nothing', async () => {
    const { upstream, post, cancel, apis } = replicas();
    await upstream.script('cancelled', hangingAnswer(['Well']));
    const stream = await post(apis[0], { ...ask('cancelled'), stream: true });
    const runId = runIdOf(await stream.readUntil((text) => text.includes('Well')));
    const answers = [await cancel(apis[1], runId), await cancel(apis[0], runId)];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ id: runId, object: 'chat.completion', status: 'cancelled' });
    }
    const events = parseEvents(await stream.readAll());
    expect(JSON.parse(events.at(-1)?.data ?? '').error.code).toBe('run_cancelled');
    const [request] = await upstream.requests('cancelled');
    expect((await upstream.waitForEnd(request?.id ?? -1)).state).toBe('closed-early');
  });

  it('leaves a run as it is that has ended', async () => {
    const { upstream, post, cancel, follow, apis } = replicas();
    await upstream.script('finished', gatedAnswer(['Done'], 'finished', []));
    await upstream.release('finished');
    const text = await (await post(apis[0], { ...ask('finished'), stream: true })).readAll();
    const runId = runIdOf(text);
    expect(await (await cancel(apis[1], runId)).json()).toMatchObject({ id: runId, status: 'already_ended' });
    expect(await (await follow(apis[1], runId)).readAll()).toBe(text);
  });
});

describe('a deadline that passes while the model works', () => {
  const headers = { 'X-Request-Deadline-Ms': '400' };

  it('ends a stream with an error and not with a finish reason', async () => {
    const { upstream, post, apis } = replicas();
    await upstream.script('slow', hangingAnswer(['Well']));
    const text = await (await post(apis[0], { ...ask('slow'), stream: true }, headers)).readAll();
    expect(contentOf(text)).toBe('Well');
    expect(text).not.toMatch(/"finish_reason":"|\[DONE\]/);
    expect(JSON.parse(parseEvents(text).at(-1)?.data ?? '').error.code).toBe('deadline_exceeded');
    const [request] = await upstream.requests('slow');
    expect((await upstream.waitForEnd(request?.id ?? -1)).state).toBe('closed-early');
  });

  it('answers 504 to a client that waits for the whole', async () => {
    const { upstream, post, apis } = replicas();
    await upstream.script('slow-whole', hangingAnswer(['Well']));
    const answer = await post(apis[0], ask('slow-whole'), headers);
    expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([504, 'false']);
    expect(JSON.parse(await answer.readAll()).error.code).toBe('deadline_exceeded');
  });
});
