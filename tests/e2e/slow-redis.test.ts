import { expect, it } from 'vitest';
import { z } from 'zod';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';

const eachWayMs = 300;
const words = Array.from({ length: 30 }, (_, index) => `word-${index} `);
const completionSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
});

it('completes every run, and asks the model once for each, while Redis takes 600 ms for an answer', {
  timeout: 60_000,
}, async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using proxy = await startSlowProxy(redis.port);
  await using calute = await prepareCalute(passOn('stream', 'whole'));
  const environment = { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
  const [api] = await Promise.all([calute.startApi(environment), calute.startWorker(environment)]);
  const url = `${api.url}/v1/chat/completions`;
  for (const model of ['stream', 'whole']) await calute.upstream.script(model, textAnswer(words));
  proxy.slowDown(eachWayMs);

  const streams = Array.from({ length: 8 }, async () => {
    const stream = await openSse(url, { body: { ...ask('stream'), stream: true } });
    return stream.readAll();
  });
  const wholes = Array.from({ length: 4 }, () => post(url, ask('whole')));
  for (const text of await Promise.all(streams)) {
    expect(contentOf(text)).toBe(words.join(''));
    const events = parseEvents(text);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.data).toBe('[DONE]');
  }
  for (const content of await Promise.all(wholes)) expect(content).toBe(words.join(''));
  expect(await calute.upstream.requests('stream')).toHaveLength(streams.length);
  expect(await calute.upstream.requests('whole')).toHaveLength(wholes.length);
});

async function post(url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return completionSchema.parse(await response.json()).choices[0].message.content;
}
