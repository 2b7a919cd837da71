import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPrivateRedis } from './start-private-redis.ts';
import { connectTestRedis } from './test-redis.ts';

test.each([
  [true, 'kept'],
  [false, null],
])('with an append-only file %s a kill leaves %s', async (aof, left) => {
  await using redis = await startPrivateRedis({ aof });
  await connectTestRedis(redis.url).set('key', 'kept');
  await redis.kill();
  await redis.start();
  expect(await connectTestRedis(redis.url).get('key')).toBe(left);
});

test('a full memory refuses writes', async () => {
  await using redis = await startPrivateRedis({ aof: false, maxmemory: '1mb' });
  await expect(connectTestRedis(redis.url).set('key', 'x'.repeat(2_000_000))).rejects.toThrow(/^OOM/);
});

test('a paused server answers once it is resumed', async () => {
  await using redis = await startPrivateRedis({ aof: false });
  const client = connectTestRedis(redis.url);
  await client.ping();
  redis.pause();
  const answer = client.ping();
  expect(await Promise.race([answer, wait(50, 'nothing')])).toBe('nothing');
  redis.resume();
  expect(await answer).toBe('PONG');
});
