import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { defineScript } from './load-script.ts';

test('a script gets its keys and arguments, of whatever characters', async () => {
  const redis = connectTestRedis();
  const run = defineScript(redis, { name: 'get', lua: 'return { KEYS[1], ARGV[1], ARGV[2], #ARGV[1] }' });
  expect(await run(['key'], ['é\r\n😀\0', 7])).toEqual(['key', 'é\r\n😀\0', '7', 9]);
});

test('a script is read from its file when it is defined', async () => {
  const redis = connectTestRedis();
  const file = join(await mkdtemp(join(tmpdir(), 'calute-')), 'one.lua');
  await writeFile(file, 'return 1');
  const run = defineScript(redis, { name: 'one', lua: pathToFileURL(file) });
  await rm(dirname(file), { recursive: true });
  expect(await run([], [])).toBe(1);
  expect(() => defineScript(redis, { name: 'gone', lua: pathToFileURL(file) })).toThrow('ENOENT');
});

test('a script that Redis has forgotten is sent again', async () => {
  const redis = connectTestRedis();
  const run = defineScript(redis, { name: 'forgotten', lua: `return '${randomPrefix()}'` });
  const first = await run([], []);
  await redis.script('FLUSH');
  expect(await run([], [])).toBe(first);
});

test('calls in flight keep their order, the first one of a connection included', async () => {
  const redis = connectTestRedis();
  const key = randomPrefix();
  const push = defineScript(redis, { name: 'push', lua: `return redis.call('RPUSH', KEYS[1], ARGV[1])` });
  await Promise.all(Array.from({ length: 20 }, (_, index) => push([key], [index])));
  expect(await redis.lrange(key, 0, -1)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  await redis.del(key);
});

test('calls that go out over the next socket keep their order, though Redis has forgotten the script', async () => {
  const redis = connectTestRedis();
  const key = randomPrefix();
  const push = defineScript(redis, { name: 'push', lua: `return redis.call('RPUSH', KEYS[1], ARGV[1])` });
  await push([key], ['first']);
  await redis.script('FLUSH');
  redis.disconnect(true);
  await Promise.all(Array.from({ length: 20 }, (_, index) => push([key], [index])));
  expect(await redis.lrange(key, 1, -1)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  await redis.del(key);
});

test('a refusal becomes store_unavailable, a bug of the script stays as it is', async () => {
  const redis = connectTestRedis();
  const refuse = defineScript(redis, {
    name: 'refuse',
    lua: `return redis.error_reply('OOM command not allowed')`,
  });
  await expect(refuse([], [])).rejects.toMatchObject({ code: 'store_unavailable', retryAfterMs: 1000 });
  const broken = defineScript(redis, { name: 'broken', lua: 'return nothing.at.all' });
  await expect(broken([], [])).rejects.toMatchObject({ name: 'ReplyError' });
});

test('a wrong number of keys is refused before anything is sent', async () => {
  const redis = connectTestRedis();
  const run = defineScript(redis, { name: 'two', lua: 'return 1', numberOfKeys: 2 });
  await expect(run(['one'], [])).rejects.toThrow('takes 2 keys and got 1');
});
