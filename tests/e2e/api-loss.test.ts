import { expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { hangingAnswer } from '../support/gated-answer.ts';
import { openSse } from '../support/read-sse.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

/** How long nobody may listen, how often that is looked at, and something for a slow machine. */
const noticedMs = 15_000 + 5000 + 5000 + 3000;

it('the runs of clients that died with their API are cancelled, also those that say nothing', {
  timeout: 60_000,
}, async ({ annotate }) => {
  await using calute = await prepareCalute(passOn('whole', 'silent'));
  const { upstream } = calute;
  const [api] = await Promise.all([calute.startApi(), calute.startWorker()]);
  const url = `${api.url}/v1/chat/completions`;
  await upstream.script('whole', hangingAnswer(['half']));
  await upstream.script('silent', [{ type: 'hang' }]);
  const clients = [
    openSse(url, { body: ask('whole') }),
    openSse(url, { body: { ...ask('silent'), stream: true } }),
  ];
  const requests = await Promise.all(['whole', 'silent'].map((model) => upstream.waitForRequests(model, 1)));
  const settled = Promise.allSettled(clients.map(async (client) => (await client).readAll()));
  await api.stop('SIGKILL');
  const killedAt = performance.now();
  await settled;
  for (const { id } of requests.flat()) expect((await upstream.waitForEnd(id)).state).toBe('closed-early');
  const afterMs = performance.now() - killedAt;
  await annotate(`cancelled ${Math.round(afterMs)} ms after the kill`);
  expect(afterMs).toBeLessThan(noticedMs);
});
