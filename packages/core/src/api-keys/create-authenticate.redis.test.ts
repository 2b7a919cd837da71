import { expect, test } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createLogger } from '../logging/logger.ts';
import { createKeys } from '../redis/keys.ts';
import { createAuthenticate } from './create-authenticate.ts';
import { createKeyStore } from './key-store.ts';

test('a key goes from made to used to revoked to deleted, over the real store', async () => {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const store = createKeyStore({ redis, keys, now, logger: createLogger({ role: 'test', level: 'silent' }) });
  const authenticate = createAuthenticate({ store, environmentKey: undefined, now });

  expect(await authenticate(undefined)).toMatchObject({ outcome: 'open' });
  const { key, secret } = await store.create({ name: 'ci', scopes: ['infer'], tokensPerMinute: 9 });
  clock.nowMs += 2000;
  const identity = { tenant: key.id, tokensPerMinute: 9 };
  expect(await authenticate(secret)).toMatchObject({ outcome: 'authenticated', identity });
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  await store.revoke(key.id);
  clock.nowMs += 10_000;
  expect(await authenticate(secret)).toEqual({ outcome: 'refused' });

  expect(await store.delete(key.id)).toEqual({ outcome: 'deleted', last: true });
  clock.nowMs += 2000;
  expect(await authenticate(secret)).toMatchObject({ outcome: 'open' });
  await store.create({ name: 'again', scopes: ['infer'] });
  clock.nowMs += 2000;
  expect(await authenticate(secret)).toEqual({ outcome: 'refused' });

  redis.disconnect();
  clock.nowMs += 10_000;
  await expect(authenticate(secret)).rejects.toMatchObject({ code: 'store_unavailable' });
});
