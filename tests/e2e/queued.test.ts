import { OpenAI } from 'openai';
import { describe, expect, inject, it } from 'vitest';
import { closeRedis } from '../../packages/core/src/redis/connect.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { openRedis } from '../../packages/core/src/redis/open-redis.ts';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents, type RawStream } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const graceMs = 100;

/** The only worker has gone, so that whatever comes waits in the queue for the next one. */
const calute = share(async () => {
  const installation = await prepareCalute(passOn('patient', 'expired', 'cancelled', 'abandoned', 'kept'));
  const settings = {
    SSE_HEARTBEAT_MS: '100',
    SSE_HEADERS_AFTER_MS: '100',
    DISCONNECT_GRACE_MS: `${graceMs}`,
  };
  const [api, otherApi, worker] = await Promise.all([
    installation.startApi(settings),
    installation.startApi(settings),
    installation.startWorker(),
  ]);
  expect(await worker.stop('SIGTERM')).toBe(0);
  const url = `${api.url}/v1/chat/completions`;
  const redis = await openRedis(inject('redisUrl'), 'command', () => undefined);
  return {
    ...installation,
    url,
    otherUrl: `${otherApi.url}/v1/chat/completions`,
    redis,
    async [Symbol.asyncDispose]() {
      await Promise.all([closeRedis(redis, 1000), installation[Symbol.asyncDispose]()]);
    },
  };
});

/** The runs that have not ended, of which none has a worker: a client learns the id of its run only with the first event. */
async function waitingRuns(): Promise<string[]> {
  const { redis, environment } = calute();
  const ids = await redis.zrange(createKeys(environment.CALUTE_PREFIX).live, '0', '-1');
  return ids.map(String);
}

/** A stream whose run waits, and the id of that run. */
async function openWaiting(model: string, headers: Record<string, string> = {}) {
  const before = new Set(await waitingRuns());
  const stream = await openStream(model, headers);
  const [runId = '', ...others] = (await waitingRuns()).filter((id) => !before.has(id));
  expect(runId).toMatch(/^chatcmpl-/);
  expect(others).toEqual([]);
  return { stream, runId };
}

function openStream(model: string, headers: Record<string, string> = {}): Promise<RawStream> {
  return openSse(calute().url, { body: { ...ask(model), stream: true }, headers });
}

function errorCodes(text: string): unknown[] {
  return parseEvents(text).map(({ data }) => JSON.parse(data).error?.code);
}

const forget = { timeout: 5000, interval: 20 };

describe('a run that waits in the queue', () => {
  it('ends with an honest 504 that is not retried when its deadline passes', async () => {
    const openai = new OpenAI({
      baseURL: calute().url.replace('/chat/completions', ''),
      apiKey: 'none',
      maxRetries: 2,
    });
    const headers = { 'X-Request-Deadline-Ms': '300' };
    const streamed = openStream('expired', headers).then((stream) => stream.readAll());
    const error = await openai.chat.completions.create(ask('expired'), { headers }).catch((raised) => raised);
    expect(error).toMatchObject({ status: 504, code: 'deadline_exceeded', type: 'timeout_error' });
    expect(error.headers.get('x-should-retry')).toBe('false');
    expect(errorCodes(await streamed)).toEqual(['deadline_exceeded']);
    expect(await waitingRuns()).toEqual([]);
  });

  it('can be cancelled through another API, and again', async () => {
    const { stream, runId } = await openWaiting('cancelled');
    const cancel = async () => {
      const response = await fetch(`${calute().otherUrl}/${runId}/cancel`, { method: 'POST' });
      return { status: response.status, body: await response.json() };
    };
    const answer = { status: 200, body: { id: runId, object: 'chat.completion', status: 'cancelled' } };
    expect(await cancel()).toEqual(answer);
    expect(await cancel()).toEqual(answer);
    expect(errorCodes(await stream.readAll())).toEqual(['run_cancelled']);
  });

  it('is forgotten when its client leaves', async () => {
    const { stream } = await openWaiting('abandoned');
    stream.leave();
    await expect.poll(waitingRuns, forget).toEqual([]);
  });

  it('is forgotten when the last of those who follow it leaves', async () => {
    const { stream, runId } = await openWaiting('abandoned');
    const follower = await openSse(`${calute().otherUrl}/${runId}/stream`);
    const witness = await openWaiting('abandoned');
    stream.leave();
    witness.stream.leave();
    // The grace of both clients is over once the witness is gone, and one run is still followed.
    await expect.poll(waitingRuns, forget).toEqual([runId]);
    follower.leave();
    await expect.poll(waitingRuns, forget).toEqual([]);
  });

  it('stays when its client asked for that, also after a follower has left', async () => {
    const { stream, runId } = await openWaiting('kept', { 'X-On-Disconnect': 'continue' });
    const follower = await openSse(`${calute().otherUrl}/${runId}/stream`);
    const witness = await openWaiting('abandoned');
    stream.leave();
    follower.leave();
    const late = await openSse(`${calute().otherUrl}/${witness.runId}/stream`);
    witness.stream.leave();
    late.leave();
    await expect.poll(waitingRuns, forget).toEqual([runId]);
    await fetch(`${calute().otherUrl}/${runId}/cancel`, { method: 'POST' });
  });

  it('keeps its stream open by comments until a worker comes, which does nothing that has ended', async () => {
    const { upstream, startWorker } = calute();
    for (const model of ['patient', 'expired', 'cancelled', 'abandoned', 'kept']) {
      await upstream.script(model, textAnswer([`I am ${model}`]));
    }
    await using stream = await openStream('patient');
    expect(stream.status).toBe(200);
    await stream.readUntil((text) => text.startsWith(': keep-alive\n: keep-alive\n'));
    await startWorker();
    const text = await stream.readAll();
    expect(contentOf(text)).toBe('I am patient');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    expect((await upstream.requests()).map(({ model }) => model)).toEqual(['patient']);
  });
});
