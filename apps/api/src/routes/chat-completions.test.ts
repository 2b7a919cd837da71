import type { CompletionContext } from '@calute/core/completions/completion-context';
import { CaluteError } from '@calute/core/errors';
import { describe, expect, test } from 'vitest';
import type { CompletionOperations } from '../api-parts.ts';
import { readError } from '../testing/read-error.ts';
import { answering, completionOf, eventsOf, runId, untilAborted } from '../testing/scripted-completions.ts';
import { agent, chatBody, directoryOf, serveApi } from '../testing/serve-api.ts';

/** An API that records the context of its completions. */
function recording(): { completions: CompletionOperations; contexts: CompletionContext[] } {
  const contexts: CompletionContext[] = [];
  const createCompletion: CompletionOperations['createCompletion'] = async (
    _agent,
    _messages,
    _request,
    context,
  ) => {
    contexts.push(context);
    return completionOf('hi');
  };
  return { ...answering({ createCompletion }), contexts };
}

describe('a request', () => {
  test('hands its agent, messages and headers to the operation', async () => {
    const { contexts, ...parts } = recording();
    await using api = await serveApi(parts);
    const headers = {
      'x-request-deadline-ms': '1234',
      'x-on-disconnect': 'continue',
      'x-calute-events': '1',
      'idempotency-key': 'k1',
    };
    expect((await api.post(chatBody(), { headers })).status).toBe(200);
    expect(contexts[0]).toMatchObject({
      identity: { tenant: 'local' },
      deadlineMs: 1234,
      onDisconnect: 'continue',
      showEvents: true,
      idempotencyKey: 'k1',
    });
  });

  test('for an unknown model is told which are known', async () => {
    const agents = directoryOf(...Array.from({ length: 12 }, (_, index) => agent(`a${index}`)));
    await using api = await serveApi({ ...answering(), agents });
    const response = await api.post(chatBody({ model: 'foo' }));
    expect(response.status).toBe(404);
    expect(await readError(response)).toEqual({
      status: 404,
      message: 'Unknown model "foo"; known: a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 and 2 more.',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  });

  test.each([
    [
      { messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] },
      'messages.0.tool_call_id',
      'invalid_request',
    ],
    [{ temperature: 3 }, 'temperature', 'invalid_request'],
    [{ seed: 1 }, 'seed', 'unsupported_parameter'],
    [{ n: 9 }, 'n', 'invalid_request'],
  ])('with %j is a 400 that names %s', async (more, param, code) => {
    await using api = await serveApi(answering());
    const response = await api.post(chatBody(more));
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ param, code, type: 'invalid_request_error' });
  });

  test('with a bad header is a 400 that names it', async () => {
    await using api = await serveApi(answering());
    const response = await api.post(chatBody(), { headers: { 'x-on-disconnect': 'stop' } });
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ param: 'X-On-Disconnect', code: 'invalid_header' });
  });

  test('is told which sampling parameters were not applied, null not being one', async () => {
    const agents = directoryOf(agent('echo'), agent('open', { canOverrideSamplings: true }));
    await using api = await serveApi({ ...answering(), agents });
    const sampling = { temperature: 0, top_k: 3, top_p: null, stop: ['x'] };
    const kept = await api.post(chatBody(sampling));
    expect(kept.headers.get('x-calute-ignored-params')).toBe('temperature,top_k,stop');
    const streamed = await api.post(chatBody({ ...sampling, stream: true }));
    expect(streamed.headers.get('x-calute-ignored-params')).toBe('temperature,top_k,stop');
    const applied = await api.post(chatBody({ ...sampling, model: 'open' }));
    expect(applied.headers.has('x-calute-ignored-params')).toBe(false);
  });

  test.each([true, false])(
    'gets the id of its run and the rate limits of its key, streaming: %s',
    async (stream) => {
      const rate = {
        requests: { limit: 60, remaining: 59 },
        tokens: { limit: 1000, remaining: 998 },
        resetMs: 1000,
      };
      await using api = await serveApi(
        answering({
          createCompletion: async (_agent, _messages, _request, context) => {
            context.onRate?.(rate);
            context.onAccepted?.(runId);
            return completionOf('hi');
          },
          async *createStreamingCompletion(_agent, _messages, _request, context) {
            context.onRate?.(rate);
            context.onAccepted?.(runId);
            yield eventsOf('hi');
          },
        }),
      );
      const response = await api.post(chatBody({ stream }));
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-calute-run-id': runId,
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-limit-tokens': '1000',
        'x-ratelimit-remaining-tokens': '998',
        'x-ratelimit-reset-tokens': '1s',
      });
    },
  );

  test('whose client leaves before the answer aborts its signal, and nothing is logged', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await using api = await serveApi(
      answering({
        createCompletion: async (_agent, _messages, _request, { signal }) => {
          started.resolve();
          await untilAborted(signal);
          aborted.resolve();
          throw signal.reason;
        },
      }),
    );
    const leaving = new AbortController();
    const response = api.post(chatBody(), { signal: leaving.signal });
    await started.promise;
    leaving.abort();
    await expect(response).rejects.toThrow();
    await aborted.promise;
    await api.parts.streams.whenEmpty();
    expect(api.log).toEqual([]);
  });

  test('that meets a bug is a 500 without its text, and the stack is logged under the request id', async () => {
    await using api = await serveApi(
      answering({
        createCompletion: async () => {
          throw new Error('secret detail');
        },
      }),
    );
    const response = await api.post(chatBody());
    expect(response.status).toBe(500);
    expect(await readError(response)).toEqual({
      status: 500,
      message: 'Internal server error.',
      type: 'server_error',
      param: null,
      code: 'internal_error',
    });
    expect(api.log).toEqual([
      expect.objectContaining({
        msg: 'request.failed',
        requestId: response.headers.get('x-request-id'),
        err: expect.objectContaining({ stack: expect.stringContaining('secret detail') }),
      }),
    ]);
  });

  test('during a drain is a 503 to retry', async () => {
    await using api = await serveApi(answering());
    api.parts.streams.beginDrain();
    const response = await api.post(chatBody());
    expect(response.status).toBe(503);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      connection: 'close',
      'x-should-retry': 'true',
    });
    expect((await readError(response)).code).toBe('server_draining');
  });
});

test('ends, first events and requests are counted', async () => {
  const lost = new CaluteError('worker_lost', 'The worker was lost.');
  await using api = await serveApi(
    answering({
      createCompletion: async () => {
        throw lost;
      },
    }),
  );
  await (await api.post(chatBody())).text();
  await (await api.post(chatBody({ stream: true }))).text();
  await api.parts.streams.whenEmpty();
  const metrics = await api.parts.metrics.all.render();
  expect(metrics).toContain('calute_answers_total{reason="worker_lost"} 1');
  expect(metrics).toContain('calute_answers_total{reason="completed"} 1');
  expect(metrics).toContain('calute_time_to_first_token_seconds_count 1');
  expect(metrics).toContain('calute_http_requests_total{route="/v1/chat/completions",status="500"} 1');
  expect(metrics).toContain('calute_http_requests_total{route="/v1/chat/completions",status="200"} 1');
  expect(metrics).toContain('calute_open_streams 0');
});
