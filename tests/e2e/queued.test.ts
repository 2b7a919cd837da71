import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';
import { connectTestRedis } from '../support/test-redis.ts';

/** The only worker has gone, so that whatever comes waits in the queue for the next one. */
const calute = share(async () => {
  const installation = await prepareCalute(passOn('patient', 'expired', 'cancelled', 'abandoned', 'witness'));
  const settings = { SSE_HEARTBEAT_MS: '100', SSE_HEADERS_AFTER_MS: '100', DISCONNECT_GRACE_MS: '100' };
  const [api, otherApi, worker] = await Promise.all([
    installation.startApi(settings),
    installation.startApi(settings),
    installation.startWorker(),
  ]);
  expect(await worker.stop('SIGTERM')).toBe(0);
  return { ...installation, url: `${api.url}/v1/chat/completions`, otherUrl: `${otherApi.url}/v1/chat/completions` };
});

/** The only run that waits and was not there before: a client learns the id only with the first event. */
async function newRunAfter(send: () => Promise<unknown>): Promise<string> {
  const redis = connectTestRedis();
  const { waiting } = createKeys(calute().environment.CALUTE_PREFIX);
  const before = new Set(await redis.zrange(waiting, 0, -1));
  await send();
  const fresh = (await redis.zrange(waiting, 0, -1)).filter((id) => !before.has(id));
  expect(fresh).toHaveLength(1);
  return fresh[0] ?? '';
}

describe('a run in the queue', () => {
  it('keeps its stream open with comments until a worker comes, which does only what is still wanted', async () => {
    const { upstream, url, otherUrl, startWorker, environment } = calute();
    for (const model of ['patient', 'expired', 'cancelled', 'abandoned']) {
      await upstream.script(model, textAnswer([`I am ${model}`]));
    }
    await using patient = await openSse(url, { body: { ...ask('patient'), stream: true } });
    expect(patient.status).toBe(200);
    await patient.readUntil((text) => text.startsWith(': keep-alive\n: keep-alive\n'));

    await Promise.all([expires(), expiresInStream()]);
    await isCancelled();
    await isAbandoned();

    const { waiting } = createKeys(environment.CALUTE_PREFIX);
    expect(await connectTestRedis().zcard(waiting)).toBe(1);
    await startWorker();
    const text = await patient.readAll();
    expect(contentOf(text)).toBe('I am patient');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    expect((await upstream.requests()).map(({ model }) => model)).toEqual(['patient']);

    async function expires(): Promise<void> {
      const openai = new OpenAI({ baseURL: otherUrl.replace('/chat/completions', ''), apiKey: 'none', maxRetries: 2 });
      const headers = { 'X-Request-Deadline-Ms': '300' };
      const sentAt = performance.now();
      const error = await openai.chat.completions.create(ask('expired'), { headers }).catch((raised) => raised);
      expect(error).toMatchObject({ status: 504, code: 'deadline_exceeded', type: 'timeout_error' });
      expect(error.headers.get('x-should-retry')).toBe('false');
      // Not retried either: that would take another deadline.
      expect(performance.now() - sentAt).toBeLessThan(5000);
    }

    async function expiresInStream(): Promise<void> {
      const headers = { 'X-Request-Deadline-Ms': '300' };
      await using stream = await openSse(url, { body: { ...ask('expired'), stream: true }, headers });
      const events = parseEvents(await stream.readAll());
      expect(events).toHaveLength(1);
      expect(JSON.parse(events[0]?.data ?? '').error).toMatchObject({ code: 'deadline_exceeded' });
    }

    async function isCancelled(): Promise<void> {
      const opened: Promise<Awaited<ReturnType<typeof openSse>>>[] = [];
      const runId = await newRunAfter(async () => {
        opened.push(openSse(url, { body: { ...ask('cancelled'), stream: true } }));
        await opened[0];
      });
      const cancel = async () => {
        const response = await fetch(`${otherUrl}/${runId}/cancel`, { method: 'POST' });
        return { status: response.status, body: await response.json() };
      };
      const answer = { status: 200, body: { id: runId, object: 'chat.completion', status: 'cancelled' } };
      expect(await cancel()).toEqual(answer);
      expect(await cancel()).toEqual(answer);
      const stream = await opened[0];
      expect(parseEvents((await stream?.readAll()) ?? '').map(({ data }) => JSON.parse(data).error.code)).toEqual([
        'run_cancelled',
      ]);
    }

    async function isAbandoned(): Promise<void> {
      const runId = await newRunAfter(async () => {
        const stream = await openSse(url, { body: { ...ask('abandoned'), stream: true } });
        stream.leave();
      });
      await using follower = await openSse(`${otherUrl}/${runId}/stream`, {});
      expect(runId).toMatch(/^chatcmpl-/);
      follower.leave();
      const { waiting } = createKeys(environment.CALUTE_PREFIX);
      const redis = connectTestRedis();
      await expect.poll(() => redis.zscore(waiting, runId), { timeout: 5000 }).toBeNull();
    }
  });
});
