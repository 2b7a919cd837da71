import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { failOnLeaks, findLeaks, takeStock } from './leaks.ts';
import { connectTestRedis, randomPrefix } from './test-redis.ts';

failOnLeaks();

test('a client that is left open is found by its name, and no more once it is closed', async () => {
  const name = randomPrefix();
  const before = await takeStock(name);
  const left = new Redis(inject('redisUrl'), { connectionName: name });
  await left.ping();
  expect(await findLeaks(before, { namePart: name, settleMs: 0 })).toEqual({ clients: [name], processes: 0 });
  left.disconnect();
  expect(await findLeaks(before, { namePart: name })).toEqual({ clients: [], processes: 0 });
});

test('a child process that is left is found, and no more once it has ended', async () => {
  const namePart = randomPrefix();
  const before = await takeStock(namePart);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  expect(await findLeaks(before, { namePart, settleMs: 0 })).toMatchObject({ processes: 1 });
  child.stdin.end();
  await once(child, 'close');
  expect(await findLeaks(before, { namePart })).toMatchObject({ processes: 0 });
});

test('a connection that closes with its test is no leak', async () => {
  expect(await connectTestRedis().ping()).toBe('PONG');
});
