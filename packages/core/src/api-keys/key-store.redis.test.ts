import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createLogger } from '../logging/logger.ts';
import { createKeys } from '../redis/keys.ts';
import { createKeyStore } from './key-store.ts';
import { hashSecret } from './secret.ts';

test('a key is found by the hash of its secret, which is stored nowhere', async () => {
  const { store, redis, keys } = setup();
  const { key, secret } = await store.create({ name: 'ci', scopes: ['infer'], requestsPerMinute: 60 });
  expect(secret).toMatch(/^sk-calute-[\w-]{43}$/);
  expect(await store.find(hashSecret(secret))).toEqual(key);
  expect(key).toMatchObject({ name: 'ci', scopes: ['infer'], requestsPerMinute: 60, createdAtMs: 1000 });
  const stored = JSON.stringify([await redis.hgetall(keys.apiKeys), await redis.hgetall(keys.apiKeysByHash)]);
  expect(stored).not.toContain(secret.slice('sk-calute-'.length));
  await clear(redis, keys);
});

test('a secret of no key finds nothing', async () => {
  const { store } = setup();
  expect(await store.find(hashSecret('sk-calute-guess'))).toBeUndefined();
});

test('a revoked key stays, with the time of its first revocation', async () => {
  const { store, redis, keys, clock } = setup();
  const { key, secret } = await store.create({ name: 'old', scopes: ['infer'] });
  clock.nowMs = 2000;
  expect(await store.revoke(key.id)).toEqual({ outcome: 'revoked', key: { ...key, revokedAtMs: 2000 } });
  clock.nowMs = 3000;
  expect(await store.revoke(key.id)).toMatchObject({
    outcome: 'already-revoked',
    key: { revokedAtMs: 2000 },
  });
  expect(await store.find(hashSecret(secret))).toMatchObject({ revokedAtMs: 2000 });
  expect(await store.revoke('key_unknown')).toEqual({ outcome: 'unknown' });
  await clear(redis, keys);
});

test('keys are listed oldest first, and the store stays non-empty when all are revoked', async () => {
  const { store, redis, keys, clock } = setup();
  expect(await store.isEmpty()).toBe(true);
  for (const name of ['first', 'second', 'third']) {
    const { key } = await store.create({ name, scopes: ['admin'] });
    await store.revoke(key.id);
    clock.nowMs += 1;
  }
  expect((await store.list()).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  expect(await store.isEmpty()).toBe(false);
  await clear(redis, keys);
});

test('weight and group of a key are kept', async () => {
  const { store, redis, keys } = setup();
  const { secret } = await store.create({
    name: 'a',
    scopes: ['infer', 'priority'],
    weight: 2.5,
    group: 'ci',
  });
  expect(await store.find(hashSecret(secret))).toMatchObject({
    scopes: ['infer', 'priority'],
    weight: 2.5,
    group: 'ci',
  });
  for (const wrong of [{ weight: 0 }, { weight: 1001 }, { group: '' }, { group: 'a:b' }])
    await expect(store.create({ name: 'a', scopes: ['infer'], ...wrong })).rejects.toThrow();
  await clear(redis, keys);
});

test('a deleted key is gone without a trace, and after the last one the store says that it was emptied', async () => {
  const { store, redis, keys } = setup();
  const [first, second] = [
    await store.create({ name: 'first', scopes: ['infer'] }),
    await store.create({ name: 'second', scopes: ['infer'] }),
  ];
  expect(await store.delete('key_unknown')).toEqual({ outcome: 'unknown' });
  expect(await store.delete(first.key.id)).toEqual({ outcome: 'deleted', last: false });
  expect(await store.find(hashSecret(first.secret))).toBeUndefined();
  expect(await store.list()).toEqual([second.key]);
  expect(await redis.hlen(keys.apiKeysByHash)).toBe(1);
  expect(await store.isEmptied()).toBe(false);
  await store.revoke(second.key.id);
  expect(await store.delete(second.key.id)).toEqual({ outcome: 'deleted', last: true });
  expect([await store.isEmpty(), await store.isEmptied()]).toEqual([true, true]);
  await store.create({ name: 'third', scopes: ['infer'] });
  expect([await store.isEmpty(), await store.isEmptied()]).toEqual([false, false]);
  await clear(redis, keys);
});

test('a record that cannot be read can be deleted', async () => {
  const { store, redis, keys } = setup();
  await redis.hset(keys.apiKeys, { key_broken: '{' });
  await redis.hset(keys.apiKeysByHash, 'hash', 'key_broken');
  expect(await store.delete('key_broken')).toEqual({ outcome: 'deleted', last: true });
  expect(await redis.exists(keys.apiKeysByHash)).toBe(0);
  await clear(redis, keys);
});

test('a record that this version cannot read opens nothing and hides no other', async () => {
  const { store, redis, keys, lines } = setup();
  const { key, secret } = await store.create({ name: 'good', scopes: ['infer'] });
  const newer = { ...key, id: 'key_newer', scopes: ['teleport'], secretHash: hashSecret('newer') };
  await redis.hset(keys.apiKeys, { key_newer: JSON.stringify(newer), key_broken: '{' });
  await redis.hset(keys.apiKeysByHash, hashSecret('newer'), 'key_newer');
  expect(await store.find(hashSecret('newer'))).toBeUndefined();
  expect(await store.find(hashSecret(secret))).toEqual(key);
  expect(await store.list()).toEqual([key]);
  expect(lines.map((line) => JSON.parse(line).msg)).toContain('api-key.unreadable');
  await clear(redis, keys);
});

test('a store that cannot be reached says so', async () => {
  const { store, redis } = setup();
  redis.disconnect();
  for (const attempt of [
    store.isEmpty(),
    store.list(),
    store.find('x'),
    store.revoke('x'),
    store.delete('x'),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  await expect(store.create({ name: 'x', scopes: ['infer'] })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});

function setup() {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const clock = { nowMs: 1000 };
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ role: 'test', level: 'info', destination });
  return {
    redis,
    keys,
    clock,
    lines,
    store: createKeyStore({ redis, keys, logger, now: () => clock.nowMs }),
  };
}

async function clear(redis: Redis, keys: ReturnType<typeof createKeys>): Promise<void> {
  await redis.del(keys.apiKeys, keys.apiKeysByHash, keys.apiKeysDeleted);
}
