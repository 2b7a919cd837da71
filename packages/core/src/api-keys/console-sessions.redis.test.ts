import { expect, it } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createKeys } from '../redis/keys.ts';
import { createConsoleSessions, sessionMs } from './console-sessions.ts';
import { hashSecret } from './secret.ts';

function open() {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  let nowMs = 1_000_000;
  const sessions = createConsoleSessions({ redis, keys, now: () => nowMs });
  return {
    redis,
    keys,
    sessions,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}
const secretHash = hashSecret('a secret');

it('keeps a session until it is closed', async () => {
  const { sessions } = open();
  const token = await sessions.open(secretHash);
  expect(await sessions.find(token)).toEqual({ secretHash, createdAtMs: 1_000_000 });
  expect(await sessions.find(`${token.slice(1)}x`)).toBe(undefined);
  await sessions.close(token);
  expect(await sessions.find(token)).toBe(undefined);
});

it('stores neither the token nor the secret, and for half an hour only', async () => {
  const { sessions, redis, keys } = open();
  const token = await sessions.open(secretHash);
  const [name = ''] = await redis.keys(`${keys.prefix}:*`);
  expect(name).not.toContain(token);
  expect(JSON.stringify(await redis.hgetall(name))).not.toContain('a secret');
  const leftMs = await redis.pttl(name);
  expect(leftMs).toBeGreaterThan(29 * 60_000);
  expect(leftMs).toBeLessThanOrEqual(30 * 60_000);
});

it('ends a session after half a day, however much it is used', async () => {
  const { sessions, pass, redis, keys } = open();
  const token = await sessions.open(secretHash);
  pass(sessionMs - 1000);
  expect(await sessions.find(token)).toMatchObject({ secretHash });
  const [name = ''] = await redis.keys(`${keys.prefix}:*`);
  expect(await redis.pttl(name)).toBeLessThanOrEqual(1000);
  pass(1000);
  expect(await sessions.find(token)).toBe(undefined);
});
