import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startPrivateRedis } from '../../tests/support/start-private-redis.ts';
import { connectTestRedis, randomPrefix } from '../../tests/support/test-redis.ts';
import { checkRedis } from './check-redis.ts';
import { freePort } from './free-port.ts';

test('a Redis that keeps what it accepts is usable without a warning', async () => {
  expect(await checkRedis(inject('redisUrl'))).toEqual({ outcome: 'usable', warnings: [] });
});

test('eviction and a missing append-only file are warned of', async () => {
  await using redis = await startPrivateRedis({ aof: false });
  await connectTestRedis(redis.url).config('SET', 'maxmemory-policy', 'allkeys-lru');
  const check = await checkRedis(redis.url);
  expect(check).toMatchObject({
    outcome: 'usable',
    warnings: [expect.stringContaining('noeviction'), expect.stringContaining('appendonly yes')],
  });
});

test('a wrong password is named and not shown', async () => {
  const user = randomPrefix();
  const admin = connectTestRedis();
  await admin.acl('SETUSER', user, 'on', '>right', '~*', '+@all');
  const { host } = new URL(inject('redisUrl'));
  const check = await checkRedis(`redis://${user}:canary@${host}`);
  await admin.acl('DELUSER', user);
  expect(check).toMatchObject({
    outcome: 'unusable',
    message: expect.stringMatching(/refuses the user or password/),
  });
  expect(JSON.stringify(check)).not.toContain('canary');
});

test('a missing password is asked for', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  await connectTestRedis(redis.url).config('SET', 'requirepass', 'secret');
  expect(await checkRedis(redis.url)).toMatchObject({
    outcome: 'unusable',
    message: expect.stringMatching(/wants a password/),
  });
});

test('a port where nothing listens is told', async () => {
  const check = await checkRedis(`redis://127.0.0.1:${await freePort()}`);
  expect(check).toMatchObject({
    outcome: 'unusable',
    message: expect.stringMatching(/nothing listens there/),
  });
});

test('a Redis that does not answer is given up after the bound', async () => {
  await using redis = await startPrivateRedis({ aof: true });
  redis.pause();
  expect(await checkRedis(redis.url, 50)).toMatchObject({ outcome: 'unusable' });
});

test('TLS towards a Redis without it is told', async () => {
  const url = inject('redisUrl').replace('redis:', 'rediss:');
  expect(await checkRedis(url, 200)).toMatchObject({
    outcome: 'unusable',
    message: expect.stringMatching(/gives no answer to TLS/),
  });
});

test('a server that hangs up at once may want TLS', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const check = await checkRedis(`redis://127.0.0.1:${port}`);
  expect(check).toMatchObject({ outcome: 'unusable', message: expect.stringMatching(/rediss:\/\//) });
});

test('a URL that is not one of Redis is refused without being repeated', async () => {
  const check = await checkRedis('http://u:canary@host');
  expect(check).toMatchObject({
    outcome: 'unusable',
    message: expect.stringMatching(/must look like redis:/),
  });
  expect(JSON.stringify(check)).not.toContain('canary');
});
