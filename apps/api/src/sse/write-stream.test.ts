import { CaluteError } from '@calute/core/errors';
import { describe, expect, test } from 'vitest';
import type { CompletionOperations } from '../api-parts.ts';
import { batchesOf, errorEvent, eventsOf, untilAborted } from '../testing/scripted-completions.ts';
import { chatBody, serveStream } from '../testing/serve-api.ts';

type Stream = CompletionOperations['createStreamingCompletion'];

const overloaded = new CaluteError('server_is_overloaded', 'Too many runs.', { retryAfterMs: 1500 });

describe('headers', () => {
  test('a stream has the headers of rule 1 and every event its id', async () => {
    await using api = await serveStream(() => batchesOf(eventsOf('a', 'b')));
    const response = await api.post(chatBody({ stream: true }), { headers: { 'x-request-id': 'mine-1' } });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': 'mine-1',
    });
    expect(response.headers.has('content-length')).toBe(false);
    expect(response.headers.has('content-encoding')).toBe(false);
    const expected = eventsOf('a', 'b').map(({ id, data }) => `id: ${id}\ndata: ${data}\n\n`);
    expect(await response.text()).toBe(expected.join(''));
  });

  test('they go out without any event when the first is late', async () => {
    const release = Promise.withResolvers<void>();
    await using api = await serveStream(
      async function* () {
        await release.promise;
        yield eventsOf('late');
      },
      { headersAfterMs: 5 },
    );
    const response = await api.post(chatBody({ stream: true }));
    expect(response.status).toBe(200);
    release.resolve();
    expect(await response.text()).toContain('late');
  });

  test('an iterable without events is an empty stream', async () => {
    await using api = await serveStream(() => batchesOf([]));
    const response = await api.post(chatBody({ stream: true }));
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('failures', () => {
  test.each<[string, Stream]>([
    ['a first event that carries an error', () => batchesOf([errorEvent(1, overloaded)])],
    [
      'an iterable that throws at once',
      // biome-ignore lint/correctness/useYield: it fails before its first event
      async function* () {
        throw overloaded;
      },
    ],
    [
      'an operation that throws at once',
      () => {
        throw overloaded;
      },
    ],
  ])('%s is a real HTTP error', async (_name, stream) => {
    await using api = await serveStream(stream);
    const response = await api.post(chatBody({ stream: true }));
    expect(response.status).toBe(503);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'retry-after-ms': '1500',
      'retry-after': '2',
      'x-should-retry': 'true',
    });
    expect(await response.json()).toEqual({
      error: { message: 'Too many runs.', type: 'server_error', param: null, code: 'server_is_overloaded' },
    });
  });

  test('an error event after the headers stays an event', async () => {
    const release = Promise.withResolvers<void>();
    await using api = await serveStream(
      async function* () {
        await release.promise;
        yield [errorEvent(1, overloaded)];
      },
      { headersAfterMs: 1 },
    );
    const response = await api.post(chatBody({ stream: true }));
    release.resolve();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('id: 1\ndata: {"error":{"message":"Too many runs."}}\n\n');
  });

  test('what is thrown after the headers is a last event with its text hidden, and the stack is logged once', async () => {
    await using api = await serveStream(async function* () {
      yield eventsOf('a').slice(0, 2);
      throw new Error('secret detail');
    });
    const response = await api.post(chatBody({ stream: true }));
    const records = (await response.text()).split('\n\n').slice(0, -1);
    expect(records).toHaveLength(3);
    expect(records.at(-1)).toBe(
      'data: {"error":{"message":"Internal server error.","type":"server_error","param":null,"code":"internal_error"}}',
    );
    await api.logged('request.failed');
    expect(api.log).toHaveLength(1);
  });
});

describe('keep-alives', () => {
  test('a silent stream gets comments of one line, never a blank one', async () => {
    const release = Promise.withResolvers<void>();
    await using api = await serveStream(
      async function* () {
        yield eventsOf('a').slice(0, 1);
        await release.promise;
        yield eventsOf('a').slice(1);
      },
      { heartbeatMs: 5 },
    );
    const response = await api.post(chatBody({ stream: true }));
    let text = '';
    for await (const part of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.split(': keep-alive').length > 3) release.resolve();
    }
    const [first, ...rest] = eventsOf('a').map(({ id, data }) => `id: ${id}\ndata: ${data}\n\n`);
    expect(text.replaceAll(': keep-alive\n', '')).toBe([first, ...rest].join(''));
    expect(text.indexOf(': keep-alive\n')).toBe(first?.length);
  });

  test('a queued stream gets them too, before its first event', async () => {
    const release = Promise.withResolvers<void>();
    await using api = await serveStream(
      async function* () {
        await release.promise;
        yield eventsOf('a');
      },
      { headersAfterMs: 1, heartbeatMs: 5 },
    );
    const response = await api.post(chatBody({ stream: true }));
    const reader = (response.body ?? new ReadableStream()).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^(: keep-alive\n)+$/);
    release.resolve();
  });
});

describe('the client', () => {
  test('aborts the signal by leaving', async () => {
    const aborted = Promise.withResolvers<unknown>();
    await using api = await serveStream(async function* (_agent, _messages, _request, { signal }) {
      yield eventsOf('a').slice(0, 2);
      await untilAborted(signal);
      aborted.resolve(signal.reason);
    });
    const leaving = new AbortController();
    const response = await api.post(chatBody({ stream: true }), { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    expect(await aborted.promise).toMatchObject({ code: 'run_cancelled' });
  });

  test('does not abort the signal by reading to the end', async () => {
    const signals: AbortSignal[] = [];
    await using api = await serveStream((_agent, _messages, _request, { signal }) => {
      signals.push(signal);
      return batchesOf(eventsOf('a'));
    });
    await (await api.post(chatBody({ stream: true }))).text();
    await api.parts.streams.whenEmpty();
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });
});
