import { expect, it } from 'vitest';
import { z } from 'zod';
import { readError } from '../../testing/read-error.ts';
import { serveConsole } from '../testing/serve-console.ts';

const totalSchema = z.object({ total: z.number() });

/** The data of the events as they come. */
async function* readEvents(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
}

async function* readTotals(response: Response): AsyncGenerator<number> {
  for await (const data of readEvents(response)) yield totalSchema.parse(JSON.parse(data)).total;
}

it('sends a view at once, and again when it has changed', async () => {
  const { ask, accept, hub } = await serveConsole();
  const gone = new AbortController();
  const response = await ask('live/runs', { signal: gone.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const totals = readTotals(response);
  expect((await totals.next()).value).toBe(0);
  await accept();
  expect((await totals.next()).value).toBe(1);
  gone.abort();
  await expect(totals.next()).rejects.toThrow();
  await expect.poll(() => hub.viewers).toBe(0);
});

it('sends nothing to who asks for the headers alone', async () => {
  const { ask, hub } = await serveConsole();
  expect((await ask('live/workers', { method: 'HEAD' })).headers.get('content-type')).toContain(
    'event-stream',
  );
  expect(hub.viewers).toBe(0);
});

it('ends with a session whose key was revoked', { timeout: 30_000 }, async () => {
  const { ask, createKey, store } = await serveConsole();
  const { key, secret } = await createKey('viewer');
  const response = await ask('live/workers', { headers: { authorization: `Bearer ${secret}` } });
  await store.revoke(key.id);
  const shown = await Array.fromAsync(readEvents(response));
  expect(shown).toEqual(['{"workers":[]}']);
});

it('ends when the server drains', async () => {
  const { ask, hub } = await serveConsole();
  const response = await ask('live/workers');
  const events = readEvents(response);
  await events.next();
  await hub.close();
  expect((await events.next()).done).toBe(true);
  expect((await readError(await ask('live/workers'))).code).toBe('server_draining');
});
