import { once } from 'node:events';
import { expect, it } from 'vitest';
import { connectRedis } from '../../packages/core/src/redis/connect.ts';
import { ask } from '../support/chat-request.ts';
import { gatedAnswer } from '../support/gated-answer.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import { startRoleAt } from '../support/start-role.ts';

const post = (url: string, model: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ask(model)),
  });

const textOf = async (url: string) => (await fetch(url)).text();

it('both roles tell what became of a run, each its own part', { timeout: 60_000 }, async () => {
  await using calute = await prepareCalute([{ id: 'echo', model: 'offline:echo' }]);
  const worker = await calute.startWorker({ ADMIN_PORT: '0' });
  const api = await calute.startApi();
  expect((await post(api.url, 'echo')).status).toBe(200);
  for (const { admin } of [api, worker])
    for (const path of ['/livez', '/readyz']) expect((await fetch(admin + path)).status).toBe(200);
  const [told, done] = await Promise.all([textOf(`${api.admin}/metrics`), textOf(`${worker.admin}/metrics`)]);
  expect(told).toContain('calute_answers_total{reason="completed"} 1');
  expect(told).toContain('calute_live_workers 1');
  expect(told).toContain('calute_redis_up 1');
  expect(done).toContain('calute_run_ends_total{reason="completed",agent="echo"} 1');
  expect(done).toContain('calute_attempts_total{cause="first"} 1');
  expect(done).toContain('calute_queue_wait_seconds_count{class="live"} 1');
  expect(done).toContain('calute_provider_requests_total{provider="offline",outcome="ok"} 1');
  expect(done).toContain('calute_tenant_tokens_total{tenant="local",direction="out"}');
  expect(done).toMatch(/^calute_redis_append_seconds_count [1-9]/m);
  expect(done).toContain('calute_worker_slots 256');
});

it('a worker has no admin port unless it is asked for one', async () => {
  await using calute = await prepareCalute([{ id: 'echo', model: 'offline:echo' }]);
  expect((await calute.startWorker()).admin).toBe('');
});

it('a worker that retires finishes its run, can be called back, and ends by itself when it holds nothing', {
  timeout: 60_000,
}, async () => {
  await using calute = await prepareCalute(passOn('slow', 'quick'));
  await calute.upstream.script('slow', gatedAnswer(['a'], 'slow', ['b']));
  await calute.upstream.script('quick', gatedAnswer([], 'quick', ['c']));
  await calute.upstream.release('quick');
  const worker = await calute.startWorker({ ADMIN_PORT: '0' });
  const api = await calute.startApi();
  const load = async () => JSON.parse(await textOf(`${api.admin}/scaling`));
  const slow = post(api.url, 'slow');
  await calute.upstream.waitForRequests('slow', 1);

  worker.process.send({ type: 'retire' });
  await expect.poll(load, { timeout: 15_000 }).toMatchObject({ liveWorkers: 0, freeSlots: 0 });
  expect((await fetch(`${worker.admin}/readyz`)).status).toBe(503);
  const waiting = post(api.url, 'quick');
  await expect.poll(load, { timeout: 15_000 }).toMatchObject({ neededWorkers: 1 });
  worker.process.send({ type: 'recall' });
  expect((await waiting).status).toBe(200);
  await expect.poll(load, { timeout: 15_000 }).toMatchObject({ liveWorkers: 1 });

  worker.process.send({ type: 'retire' });
  await expect.poll(load, { timeout: 15_000 }).toMatchObject({ liveWorkers: 0 });
  await calute.upstream.release('slow');
  expect((await slow).status).toBe(200);
  expect(await worker.exited).toBe(0);
});

it('an API is ready only while Redis takes what it would have to write', { timeout: 60_000 }, async () => {
  await using redis = await startPrivateRedis({ aof: false, maxmemory: '64mb' });
  await using api = await startRoleAt('api', { REDIS_URL: redis.url, PORT: '0', ADMIN_PORT: '0' });
  const ready = async () => (await fetch(`${api.admin}/readyz`)).status;
  expect(await ready()).toBe(200);
  const filler = connectRedis(redis.url, 'command', () => undefined);
  await using _ = { [Symbol.asyncDispose]: async () => filler.disconnect() };
  if (filler.status !== 'ready') await once(filler, 'ready');
  await filler.set('filler', 'x'.repeat(16 * 1024 * 1024));
  await filler.config('SET', 'maxmemory', '8mb');
  await expect.poll(ready, { timeout: 15_000 }).toBe(503);
  expect((await fetch(`${api.admin}/livez`)).status).toBe(200);
  expect(await textOf(`${api.admin}/metrics`)).toContain('calute_redis_up 0');
  await filler.config('SET', 'maxmemory', '64mb');
  await expect.poll(ready, { timeout: 15_000 }).toBe(200);
});
