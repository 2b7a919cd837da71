import { CaluteError } from '@calute/core/errors';
import { expect, test } from 'vitest';
import { readError } from '../testing/read-error.ts';
import { batchesOf, completionOf, eventsOf, scriptedCompletions } from '../testing/scripted-completions.ts';
import { chatBody, serveApi } from '../testing/serve-api.ts';
import { drainServer } from './drain.ts';

const generousMs = 60_000;

test('an idle server stops at once, idle connections and repeated calls included', async () => {
  await using api = await serveApi({
    completions: scriptedCompletions({ createCompletion: async () => completionOf('') }),
  });
  await (await api.post(chatBody())).text();
  const options = { streams: api.parts.streams, boundMs: generousMs };
  await Promise.all([drainServer(api.server, options), drainServer(api.server, options)]);
  await drainServer(api.server, options);
  await expect(api.post(chatBody())).rejects.toThrow();
});

test('a stream that ends within the bound is complete', async () => {
  const release = Promise.withResolvers<void>();
  await using api = await serveApi({
    completions: scriptedCompletions({
      async *createStreamingCompletion() {
        yield eventsOf('a').slice(0, 2);
        await release.promise;
        yield eventsOf('a').slice(2);
      },
    }),
  });
  const response = await api.post(chatBody({ stream: true }));
  const drained = drainServer(api.server, { streams: api.parts.streams, boundMs: generousMs });
  release.resolve();
  expect(await response.text()).toContain('data: [DONE]\n\n');
  await drained;
});

test('a stream that does not is ended between two events, and its run is not aborted', async () => {
  const signals: AbortSignal[] = [];
  await using api = await serveApi({
    completions: scriptedCompletions({
      async *createStreamingCompletion(_agent, _messages, _request, { signal }) {
        signals.push(signal);
        yield eventsOf('a').slice(0, 2);
        await new Promise(() => {});
      },
    }),
  });
  const response = await api.post(chatBody({ stream: true }));
  await drainServer(api.server, { streams: api.parts.streams, boundMs: 20 });
  const expected = eventsOf('a')
    .slice(0, 2)
    .map(({ id, data }) => `id: ${id}\ndata: ${data}\n\n`);
  expect(await response.text()).toBe(expected.join(''));
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
});

test.each([true, false])(
  'an answer that has not begun becomes a 503 to retry, streaming: %s',
  async (stream) => {
    const started = Promise.withResolvers<void>();
    const never = async (): Promise<never> => {
      started.resolve();
      return new Promise(() => {});
    };
    await using api = await serveApi({
      completions: scriptedCompletions({
        createCompletion: never,
        // biome-ignore lint/correctness/useYield: it is still queued
        async *createStreamingCompletion() {
          await never();
        },
      }),
    });
    const posted = api.post(chatBody({ stream }));
    await started.promise;
    await drainServer(api.server, { streams: api.parts.streams, boundMs: 1 });
    const response = await posted;
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'true']);
    expect((await readError(response)).code).toBe('server_draining');
  },
);

test('an iterable that fails after its stream was ended is not told to anybody', async () => {
  const fail = Promise.withResolvers<never>();
  await using api = await serveApi({
    completions: scriptedCompletions({
      async *createStreamingCompletion() {
        yield* batchesOf(eventsOf('a').slice(0, 1));
        await fail.promise;
      },
    }),
  });
  const response = await api.post(chatBody({ stream: true }));
  await drainServer(api.server, { streams: api.parts.streams, boundMs: 1 });
  fail.reject(new CaluteError('store_lost', 'Redis was closed.'));
  expect(await response.text()).not.toContain('store_lost');
  expect(api.log).toEqual([]);
});
