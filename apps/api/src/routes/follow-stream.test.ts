import { CaluteError } from '@calute/core/errors';
import { expect, test } from 'vitest';
import type { CompletionOperations } from '../api-parts.ts';
import { readError } from '../testing/read-error.ts';
import { batchesOf, eventsOf, runId, scriptedCompletions } from '../testing/scripted-completions.ts';
import { type ServedApi, serveApi } from '../testing/serve-api.ts';

const completions = scriptedCompletions({
  followStreamingCompletion: (_runId, { afterEventId }) =>
    batchesOf(eventsOf('a', 'b').slice(Math.max(0, afterEventId))),
});

function follow(api: ServedApi, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions/${path}`, { headers });
}

const all = eventsOf('a', 'b').map(({ id, data }) => `id: ${id}\ndata: ${data}\n\n`);

test.each([
  ['the beginning without a cursor', '', {}, 0],
  ['after Last-Event-ID', '', { 'last-event-id': '2' }, 2],
  ['after starting_after', '?starting_after=3', {}, 3],
  ['after the header when both are there', '?starting_after=3', { 'last-event-id': '1' }, 1],
])('a run is followed from %s', async (_name, query, headers, after) => {
  await using api = await serveApi({ completions });
  const response = await follow(api, `${runId}/stream${query}`, headers);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await response.text()).toBe(all.slice(after).join(''));
});

test.each([
  ['?starting_after=-1', {}, 'starting_after'],
  ['?starting_after=', {}, 'starting_after'],
  ['?starting_after=1&starting_after=2', {}, 'starting_after'],
  ['', { 'last-event-id': 'abc' }, 'Last-Event-ID'],
])('a cursor like %s %j is refused by name', async (query, headers, param) => {
  await using api = await serveApi({ completions });
  const response = await follow(api, `${runId}/stream${query}`, headers);
  expect(response.status).toBe(400);
  expect((await readError(response)).param).toBe(param);
});

test('what cannot be a run id is no run', async () => {
  await using api = await serveApi({ completions });
  const response = await follow(api, 'nonsense/stream');
  expect(response.status).toBe(404);
  expect((await readError(response)).code).toBe('run_not_found');
});

test.each(['run_not_found', 'cursor_gone'] as const)('%s is an HTTP status', async (code) => {
  const followStreamingCompletion: CompletionOperations['followStreamingCompletion'] =
    // biome-ignore lint/correctness/useYield: it fails before its first event
    async function* () {
      throw new CaluteError(code, 'Gone.');
    };
  await using api = await serveApi({ completions: scriptedCompletions({ followStreamingCompletion }) });
  const response = await follow(api, `${runId}/stream`);
  expect([response.status, (await readError(response)).code]).toEqual([
    code === 'cursor_gone' ? 410 : 404,
    code,
  ]);
});

test('a failure is an event of the stream that is followed, as it was for its first client', async () => {
  const error = new CaluteError('worker_lost', 'Lost.');
  const failure = { id: 3, data: '{"error":{"code":"worker_lost"}}', error };
  const failing = scriptedCompletions({ followStreamingCompletion: () => batchesOf([failure]) });
  await using api = await serveApi({ completions: failing });
  const response = await follow(api, `${runId}/stream?starting_after=2`);
  expect([response.status, await response.text()]).toEqual([200, `id: 3\ndata: ${failure.data}\n\n`]);
});

test('a client that has seen everything is told that nothing is left, so that an EventSource stops', async () => {
  await using api = await serveApi({ completions });
  const response = await follow(api, `${runId}/stream?starting_after=${all.length}`);
  expect([response.status, await response.text()]).toEqual([204, '']);
});
