import { CaluteError, type ErrorCode } from '@calute/core/errors';
import { OpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import { answering, batchesOf, completionOf, errorEvent, eventsOf } from '../testing/scripted-completions.ts';
import { serveApi } from '../testing/serve-api.ts';

const params = { model: 'echo', messages: [{ role: 'user' as const, content: 'hello' }] };

describe('the openai package', () => {
  test('creates a completion', async () => {
    await using api = await serveApi(answering());
    const { data, request_id } = await api.openai.chat.completions.create(params).withResponse();
    expect(data.choices[0]?.message.content).toBe('hi');
    expect(data.usage?.total_tokens).toBe(5);
    expect(request_id).toMatch(/^req_/);
  });

  test('iterates a stream', async () => {
    await using api = await serveApi(answering());
    const stream = await api.openai.chat.completions.create({ ...params, stream: true });
    const texts: (string | null | undefined)[] = [];
    for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content);
    expect(texts).toEqual(['', 'h', 'i', undefined]);
  });

  test('assembles a stream with its helper', async () => {
    await using api = await serveApi(answering());
    const final = await api.openai.chat.completions.stream(params).finalChatCompletion();
    expect(final.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'hi' },
    });
  });

  test.each<[ErrorCode, new (...args: never[]) => Error]>([
    ['invalid_request', OpenAI.BadRequestError],
    ['invalid_api_key', OpenAI.AuthenticationError],
    ['permission_denied', OpenAI.PermissionDeniedError],
    ['run_not_found', OpenAI.NotFoundError],
    ['idempotency_key_reused', OpenAI.UnprocessableEntityError],
    ['rate_limit_exceeded', OpenAI.RateLimitError],
    ['server_is_overloaded', OpenAI.InternalServerError],
  ])('raises its own class for %s, streaming or not', async (code, errorClass) => {
    const error = new CaluteError(code, 'No.', { param: 'p' });
    await using api = await serveApi(
      answering({
        createCompletion: async () => {
          throw error;
        },
        createStreamingCompletion: () => batchesOf([errorEvent(1, error)]),
      }),
    );
    for (const stream of [false, true]) {
      const failed = await api.openai.chat.completions
        .create({ ...params, stream })
        .catch((raised: unknown) => raised);
      expect(failed).toBeInstanceOf(errorClass);
      expect(failed).toMatchObject({ code, param: 'p', status: error.status, requestID: expect.any(String) });
    }
  });

  test('retries what may succeed, after the time it is told', async () => {
    let calls = 0;
    await using api = await serveApi(
      answering({
        createCompletion: async () => {
          calls += 1;
          if (calls === 1) throw new CaluteError('server_is_overloaded', 'Full.', { retryAfterMs: 10 });
          return completionOf('second');
        },
      }),
    );
    const completion = await api.openai.chat.completions.create(params, { maxRetries: 1 });
    expect(completion.choices[0]?.message.content).toBe('second');
  });

  test('does not retry what cannot succeed, although its status is a 504', async () => {
    let calls = 0;
    await using api = await serveApi(
      answering({
        createCompletion: async () => {
          calls += 1;
          throw new CaluteError('deadline_exceeded', 'Too late.');
        },
      }),
    );
    await expect(api.openai.chat.completions.create(params, { maxRetries: 2 })).rejects.toMatchObject({
      status: 504,
    });
    expect(calls).toBe(1);
  });

  test('raises an error that comes in the middle of a stream', async () => {
    const lost = new CaluteError('worker_lost', 'The worker was lost.');
    await using api = await serveApi(
      answering({
        createStreamingCompletion: () => batchesOf(eventsOf('a').slice(0, 2), [errorEvent(3, lost)]),
      }),
    );
    const stream = await api.openai.chat.completions.create({ ...params, stream: true });
    await expect(Array.fromAsync(stream)).rejects.toThrow('The worker was lost.');
  });
});
