import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { contentOf, parseEvents } from '../support/read-sse.ts';
import { type PrivateRedis, startPrivateRedis } from '../support/start-private-redis.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

async function open(redis: PrivateRedis) {
  const environment = { REDIS_URL: redis.url, CALUTE_PREFIX: randomPrefix() };
  const [api, worker] = await Promise.all([startApi(environment), startWorker(environment)]);
  return {
    prefix: environment.CALUTE_PREFIX,
    api,
    worker,
    post: (body: object, signal?: AbortSignal) =>
      fetch(`${api.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'a b c d' }], ...body }),
        ...(signal ? { signal } : {}),
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()]);
    },
  };
}

/** Reads a stream up to its first events, and gives the rest as text. */
async function firstEvents(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no body');
  let text = (await reader.read()).value ?? '';
  const rest = async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) text += chunk.value;
    return text;
  };
  return { rest };
}

/** All 40 words of `lorem`, in chunks that what was written during the fault may share. */
function expectWhole(text: string): void {
  const events = parseEvents(text);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(contentOf(text).split(' ')).toHaveLength(40);
  expect(events.at(-1)?.data).toBe('[DONE]');
}

/** Lines a process wrote in its busiest second. */
function busiestSecond(log: string): number {
  const counts = new Map<number, number>();
  for (const line of log.split('\n').filter((text) => text.startsWith('{'))) {
    const second = Math.floor(Number(JSON.parse(line).time) / 1000);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

it('gives every token of an open stream after a restart of Redis with its append-only file', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await open(redis);
  const stream = await firstEvents(await calute.post({ model: 'lorem', stream: true }));
  await redis.stop();
  await redis.start();
  expectWhole(await stream.rest());
});

it('ends an open stream with store_lost when Redis comes back empty, and serves new requests', async () => {
  await using redis = await startPrivateRedis({ aof: false });
  await using calute = await open(redis);
  const stream = await firstEvents(await calute.post({ model: 'lorem', stream: true }));
  await redis.kill();
  await redis.start();
  const startedAt = performance.now();
  const text = await stream.rest();
  expect(text).toContain('"code":"store_lost"');
  expect(text).not.toContain('[DONE]');
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await expect.poll(async () => (await calute.post({ model: 'echo' })).status, { timeout: 15_000 }).toBe(200);
});

it('answers 503 with Retry-After at once while Redis is down, keeps its logs short, and recovers', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await open(redis);
  expect((await calute.post({ model: 'echo' })).status).toBe(200);
  await redis.kill();
  for (let request = 0; request < 50; request++) {
    const startedAt = performance.now();
    const refused = await calute.post({ model: 'echo' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await codeOf(refused)).toBe('store_unavailable');
    expect(performance.now() - startedAt).toBeLessThan(3000);
  }
  expect((await fetch(`${calute.api.url}/health`)).status).toBe(503);
  await redis.start();
  await expect.poll(async () => (await calute.post({ model: 'echo' })).status, { timeout: 15_000 }).toBe(200);
  expect(busiestSecond(calute.api.log())).toBeLessThanOrEqual(10);
  expect(busiestSecond(calute.worker.log())).toBeLessThanOrEqual(10);
});

it('answers 503 while Redis is out of memory, and recovers', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await open(redis);
  expect((await calute.post({ model: 'echo' })).status).toBe(200);
  await command(redis, 'CONFIG SET maxmemory 1');
  const refused = await calute.post({ model: 'echo' });
  expect([refused.status, await codeOf(refused)]).toEqual([503, 'store_unavailable']);
  await command(redis, 'CONFIG SET maxmemory 0');
  await expect.poll(async () => (await calute.post({ model: 'echo' })).status, { timeout: 15_000 }).toBe(200);
  expect(busiestSecond(calute.worker.log())).toBeLessThanOrEqual(10);
});

it('answers 503 at once while the disk of Redis is full, finishes open streams, and recovers', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await open(redis);
  const stream = await firstEvents(await calute.post({ model: 'lorem', stream: true }));
  // A snapshot cannot take the place of a folder: to Redis that is a disk that takes nothing.
  const obstacle = join(redis.dir, 'dump.rdb', 'obstacle');
  await mkdir(obstacle, { recursive: true });
  await command(redis, 'CONFIG SET save "3600 1"');
  await saveUntil(redis, 'MISCONF');
  for (let request = 0; request < 20; request++) {
    const startedAt = performance.now();
    const refused = await calute.post({ model: 'echo' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await codeOf(refused)).toBe('store_unavailable');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  }
  await rm(join(redis.dir, 'dump.rdb'), { recursive: true });
  await saveUntil(redis, 'OK');
  expectWhole(await stream.rest());
  await expect.poll(async () => (await calute.post({ model: 'echo' })).status, { timeout: 15_000 }).toBe(200);
  expect(busiestSecond(calute.api.log())).toBeLessThanOrEqual(10);
  expect(busiestSecond(calute.worker.log())).toBeLessThanOrEqual(10);
});

/** Has Redis save until it takes writes again, or refuses them. */
async function saveUntil(redis: PrivateRedis, state: 'OK' | 'MISCONF'): Promise<void> {
  await expect
    .poll(
      async () => {
        await send(redis, 'BGSAVE');
        return (await send(redis, 'SET probe 1')).match(/\w+/)?.[0];
      },
      { timeout: 10_000, interval: 200 },
    )
    .toBe(state);
}

const envelope = z.object({ error: z.object({ code: z.string() }) });

async function codeOf(response: Response): Promise<string> {
  return envelope.parse(await response.json()).error.code;
}

it('runs nothing for a client that was told 503 because the answer of Redis came too late', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await open(redis);
  expect((await calute.post({ model: 'echo' })).status).toBe(200);
  redis.pause();
  const refused = await calute.post({ model: 'echo' });
  redis.resume();
  expect([refused.status, await codeOf(refused)]).toEqual([503, 'store_unavailable']);
  // A run that goes through the same queue later is answered; the refused one, which came first, is not.
  await expect.poll(async () => (await calute.post({ model: 'echo' })).status, { timeout: 15_000 }).toBe(200);
  const live = () => command(redis, `ZCARD ${calute.prefix}:live`, ':0\r\n');
  await expect
    .poll(
      () =>
        live().then(
          () => 'none',
          () => 'some',
        ),
      { timeout: 10_000 },
    )
    .toBe('none');
  // The worker logs after it has answered.
  expect((await calute.post({ model: 'echo' })).status).toBe(200);
  await expect.poll(() => calute.worker.log().match(/run\.finished/g)).toHaveLength(3);
});

/** Straight to Redis: a client of its own would need closing while Redis refuses everything. */
async function command(redis: PrivateRedis, line: string, expected = '+OK\r\n'): Promise<void> {
  expect(await send(redis, line)).toBe(expected);
}

async function send({ port }: PrivateRedis, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(`${line}\r\n`);
  const answer = String(await answered);
  socket.destroy();
  return answer;
}
