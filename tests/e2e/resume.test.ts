import { describe, expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { steppedAnswer } from '../support/gated-answer.ts';
import { contentOf, parseEvents, parseWholeEvents } from '../support/read-sse.ts';
import { share } from '../support/start-calute.ts';
import { startReplicas } from '../support/start-replicas.ts';

const graceMs = 300;
const models = ['cursors', 'viewers', 'tenants', 'killed', 'kept', 'lost'];
const replicas = share(() => startReplicas(models, { DISCONNECT_GRACE_MS: `${graceMs}` }));

const before = ['one ', 'zwei ', '三 ', '👍 '];
const after = ['five ', 'six'];
const whole = [...before, ...after].join('');

/** A streamed run that has said `before`, in a chunk each, and waits for its gate, which bears the name of the model. */
async function openGated(model: string, { api = replicas().apis[0], headers = {} } = {}) {
  const { upstream, post } = replicas();
  await upstream.script(model, steppedAnswer(before, model, after));
  const body = { ...ask(model), stream: true, stream_options: { include_usage: true } };
  const stream = await post(api, body, headers);
  let text = '';
  for (const index of before.keys()) {
    await upstream.release(`${model}-${index}`);
    text = await stream.readUntil((read) => parseWholeEvents(read).length === 2 + index);
  }
  return { stream, text, runId: runIdOf(text) };
}

/** The first `count` events, byte for byte. */
function firstEvents(text: string, count: number): string {
  return text
    .split('\n\n')
    .slice(0, count)
    .map((event) => `${event}\n\n`)
    .join('');
}

describe('a stream that is resumed', () => {
  it('goes on after the cursor with the same bytes, on any API, during the run and after it', async () => {
    const { upstream, follow, apis } = replicas();
    const { stream, text, runId } = await openGated('cursors', {
      headers: { 'X-On-Disconnect': 'continue' },
    });
    const uninterrupted = await follow(apis[0], runId);
    stream.leave();
    const cursors = Array.from({ length: 1 + before.length + 1 }, (_, seen) => seen);
    const resume = (seen: number) =>
      Promise.all([
        follow(apis[1], runId, { headers: { 'Last-Event-ID': `${seen}` } }),
        follow(apis[1], runId, { query: `?starting_after=${seen}` }),
      ]);
    const live = await Promise.all(cursors.map(resume));
    await upstream.release('cursors');
    const bytes = await uninterrupted.readAll();
    expect(contentOf(bytes)).toBe(whole);
    expect(bytes.startsWith(text)).toBe(true);
    expect(parseEvents(bytes).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [seen, pair] of live.entries()) {
      for (const one of pair) expect(firstEvents(bytes, seen) + (await one.readAll())).toBe(bytes);
    }
    for (let seen = 0; seen < 9; seen++) {
      for (const one of await resume(seen))
        expect(firstEvents(bytes, seen) + (await one.readAll())).toBe(bytes);
    }
    const [nothingLeft] = await resume(9);
    expect([nothingLeft?.status, await nothingLeft?.readAll()]).toEqual([204, '']);
    expect(await upstream.requests('cursors')).toHaveLength(1);
  });

  it('has several viewers on several APIs, also late ones, who all read the same', async () => {
    const { upstream, follow, apis } = replicas();
    const { stream, runId } = await openGated('viewers');
    const viewers = await Promise.all([...apis, ...apis, ...apis].map((api) => follow(api, runId)));
    // One that leaves takes nothing from the others.
    viewers.pop()?.leave();
    await upstream.release('viewers');
    const bytes = await stream.readAll();
    expect(parseEvents(bytes).at(-1)?.data).toBe('[DONE]');
    for (const viewer of viewers) expect(await viewer.readAll()).toBe(bytes);
    for (const api of apis) expect(await (await follow(api, runId)).readAll()).toBe(bytes);
  });

  it('survives kill -9 of its API: another one gives the rest, and the model is asked once', async () => {
    const { upstream, follow, apis, startApi } = replicas();
    const doomed = await startApi({ DISCONNECT_GRACE_MS: `${graceMs}` });
    const { stream, text } = await openGated('killed', { api: doomed });
    expect(await doomed.stop('SIGKILL')).toBe('SIGKILL');
    await expect(stream.readAll()).rejects.toThrow();
    const seen = firstEvents(text, 3);
    const resumed = await follow(apis[1], runIdOf(text), { headers: { 'Last-Event-ID': '3' } });
    await upstream.release('killed');
    const bytes = seen + (await resumed.readAll());
    expect(bytes).toBe(await (await follow(apis[0], runIdOf(text))).readAll());
    expect(contentOf(bytes)).toBe(whole);
    expect(parseEvents(bytes).at(-1)?.data).toBe('[DONE]');
    expect(await upstream.requests('killed')).toHaveLength(1);
  });
});

describe('a client that leaves', () => {
  it('keeps its run by coming back within the grace, on any API', async () => {
    const { upstream, follow, apis } = replicas();
    const { stream, text, runId } = await openGated('kept');
    const { stream: other } = await openGated('lost');
    stream.leave();
    const back = await follow(apis[1], runId, { headers: { 'Last-Event-ID': '5' } });
    other.leave();
    // The graces end in the order in which they began, so the one that was kept is over too.
    const [lost] = await upstream.waitForRequests('lost', 1);
    expect((await upstream.waitForEnd(lost?.id ?? -1)).state).toBe('closed-early');
    await upstream.release('kept');
    expect(contentOf(text + (await back.readAll()))).toBe(whole);
  });
});

describe('a run', () => {
  it('is unknown to another tenant, in the same words as one that never was', async () => {
    const { upstream, follow, cancel, apis, secrets } = replicas();
    const { stream, runId } = await openGated('tenants');
    const neverWas = `${runId.slice(0, -4)}${runId.endsWith('0000') ? '1111' : '0000'}`;
    const foreign = { authorization: `Bearer ${secrets[1]}` };
    const refusal = async (response: { status: number }, text: string, id: string) => {
      expect(response.status).toBe(404);
      const { error } = JSON.parse(text);
      expect(error).toMatchObject({ code: 'run_not_found', type: 'not_found_error' });
      return error.message.replace(id, 'ID');
    };
    const messages: unknown[] = [];
    for (const api of apis) {
      const other = await follow(api, runId, { headers: foreign });
      messages.push(await refusal(other, await other.readAll(), runId));
      const none = await follow(api, neverWas);
      messages.push(await refusal(none, await none.readAll(), neverWas));
      const cancelled = await cancel(api, runId, secrets[1]);
      messages.push(await refusal(cancelled, await cancelled.text(), runId));
    }
    expect(new Set(messages).size).toBe(1);
    await upstream.release('tenants');
    expect(contentOf(await stream.readAll())).toBe(whole);
  });
});
