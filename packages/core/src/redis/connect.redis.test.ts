import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { failOnLeaks } from '../../../../tests/support/leaks.ts';
import { connectTestRedis } from '../../../../tests/support/test-redis.ts';
import { closeRedis, connectRedis, type RedisRole, whenReady } from './connect.ts';
import { toStoreError } from './store-error.ts';

failOnLeaks();

test.each(['command', 'worker', 'subscriber'] as const)('a %s connection carries its name', async (role) => {
  const redis = connect(role);
  await whenReady(redis, AbortSignal.timeout(5000));
  expect(await redis.client('GETNAME')).toBe(`calute:${role}:${process.pid}`);
});

test('user and password of the URL are used, and a wrong password reaches no report', async () => {
  const admin = connectTestRedis();
  const user = `user-${randomBytes(4).toString('hex')}`;
  const password = 'p@ss:w/rd%+';
  await admin.acl('SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all');
  const url = new URL(inject('redisUrl'));
  const redis = connect('worker', withCredentials(url, user, password));
  expect(await redis.acl('WHOAMI')).toBe(user);

  const { promise: reported, resolve } = Promise.withResolvers<Error>();
  const wrong = connectRedis(withCredentials(url, user, 'canary-secret'), 'worker', resolve);
  onTestFinished(() => closeRedis(wrong, 100));
  const { message } = await reported;
  expect(message).toMatch(/^WRONGPASS /);
  expect(message).not.toContain('canary');
  await admin.acl('DELUSER', user);
});

test('a URL that is not one of Redis is refused without being repeated', () => {
  for (const url of ['localhost:6379', 'http://u:canary@host', 'redis//u:canary@host', '']) {
    expect(() => connectRedis(url, 'command', () => undefined)).toThrow(/must look like redis:/);
    expect(() => connectRedis(url, 'command', () => undefined)).not.toThrow(/canary/);
  }
});

test('a command connection refuses at once while Redis is away, and reports instead of raising', async () => {
  const { promise: reported, resolve } = Promise.withResolvers<Error>();
  const redis = connectRedis('redis://127.0.0.1:1', 'command', resolve);
  onTestFinished(() => closeRedis(redis, 100));
  await expect(storeError(redis.ping())).resolves.toMatchObject({ code: 'store_unavailable' });
  expect(await reported).toMatchObject({ code: 'ECONNREFUSED' });
  await expect(whenReady(redis, AbortSignal.timeout(20))).rejects.toThrow();
});

test('a command that gets no answer in time means that the store is unavailable', async () => {
  const redis = connect('worker').duplicate({ commandTimeout: 20 });
  onTestFinished(() => closeRedis(redis, 100));
  await expect(storeError(redis.blpop('nothing', 0))).resolves.toMatchObject({ code: 'store_unavailable' });
});

test('a command whose connection is cut means that the store is unavailable', async () => {
  const redis = connect('worker').duplicate({ maxRetriesPerRequest: 0 });
  onTestFinished(() => closeRedis(redis, 100));
  const id = await redis.client('ID');
  const waiting = storeError(redis.blpop('nothing', 0));
  await connectTestRedis().client('KILL', 'ID', id);
  expect(await waiting).toMatchObject({
    code: 'store_unavailable',
    cause: { name: 'MaxRetriesPerRequestError' },
  });
});

test('a command after the end means that the store is unavailable', async () => {
  const redis = connect('command');
  await whenReady(redis, AbortSignal.timeout(5000));
  await closeRedis(redis, 100);
  await expect(storeError(redis.ping())).resolves.toMatchObject({ code: 'store_unavailable' });
});

test('closing waits for what is in flight', async () => {
  const redis = connect('worker');
  const answer = redis.ping();
  await closeRedis(redis, 5000);
  expect(await answer).toBe('PONG');
  await closeRedis(redis, 5000);
});

test('closing is bounded while Redis does not answer, and rejects what waits', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const redis = connectRedis(`redis://127.0.0.1:${port}`, 'worker', () => undefined);
  const waiting = storeError(redis.ping());
  await closeRedis(redis, 20);
  expect(await waiting).toMatchObject({ code: 'store_unavailable' });
});

test('closing between two tries to connect rejects what waits and ends', async () => {
  const redis = connectRedis('redis://127.0.0.1:1', 'worker', () => undefined);
  const waiting = storeError(redis.ping());
  await new Promise((resolve) => redis.once('reconnecting', resolve)); // because events.once rejects on `error`
  const ended = new Promise((resolve) => redis.once('end', resolve));
  await closeRedis(redis, 1);
  expect(await waiting).toMatchObject({ code: 'store_unavailable' });
  await ended;
});

function connect(role: RedisRole, url = inject('redisUrl')): Redis {
  const redis = connectRedis(url, role, () => undefined);
  onTestFinished(() => closeRedis(redis, 1000));
  return redis;
}

function withCredentials(base: URL, user: string, password: string): string {
  const url = new URL(base);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.href;
}

async function storeError(command: Promise<unknown>): Promise<unknown> {
  return command.then(
    () => undefined,
    (error: unknown) => toStoreError(error),
  );
}
