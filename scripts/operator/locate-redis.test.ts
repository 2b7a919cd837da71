import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { locateRedis } from './locate-redis.ts';

const url = 'redis://127.0.0.1:7777';

test('REDIS_URL comes first', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'redis.json'), JSON.stringify({ url: 'redis://127.0.0.1:1' }));
  expect(await locateRedis({ REDIS_URL: url }, folder)).toEqual({ outcome: 'found', url });
});

test('the Redis of a running start comes next, with the advice to start it if it is gone', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'redis.json'), JSON.stringify({ url }));
  const advice = expect.stringContaining('run "npm start" first');
  expect(await locateRedis({ REDIS_URL: '' }, folder)).toEqual({ outcome: 'found', url, advice });
});

test('data without a running start ask for a start', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'redis'));
  const started = {
    outcome: 'none',
    message: expect.stringContaining('is not running: run "npm start" first'),
  };
  expect(await locateRedis({}, folder)).toEqual(started);
  await writeFile(join(folder, 'redis.json'), '{"ur');
  expect(await locateRedis({}, folder)).toEqual(started);
});

test('a fresh clone says how to get a Redis', async () => {
  const none = { outcome: 'none', message: expect.stringContaining('set REDIS_URL, or run "npm start"') };
  expect(await locateRedis({}, join(await makeFolder(), 'missing'))).toEqual(none);
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
