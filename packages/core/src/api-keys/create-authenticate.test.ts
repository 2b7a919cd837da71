import { expect, test } from 'vitest';
import { CaluteError } from '../errors.ts';
import type { ApiKey } from './api-key.ts';
import { createAuthenticate } from './create-authenticate.ts';
import { createSecret, hashSecret } from './secret.ts';

test('everything is open while no key was ever created, whatever the client sends', async () => {
  const { authenticate } = setup();
  const open = {
    outcome: 'open',
    identity: { tenant: 'local', scopes: ['infer', 'files', 'batches', 'admin', 'priority'] },
  };
  expect(await authenticate(undefined)).toMatchObject(open);
  expect(await authenticate('anything')).toMatchObject(open);
});

test('the first key closes the door within 2 s, and revoking it does not open it again', async () => {
  const { authenticate, store, clock } = setup();
  expect(await authenticate(undefined)).toMatchObject({ outcome: 'open' });
  const { key } = store.add();
  clock.nowMs += 2000;
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  store.revoke(key);
  clock.nowMs += 60_000;
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
});

test('deleting the last key opens the door again within 2 s, a store that has lost its keys does not', async () => {
  const { authenticate, store, clock } = setup();
  store.add();
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  store.lose();
  clock.nowMs += 60_000;
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  store.state.emptied = true;
  store.state.down = true;
  clock.nowMs += 2000;
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  store.state.down = false;
  clock.nowMs += 2000;
  expect(await authenticate(undefined)).toMatchObject({ outcome: 'open' });
  store.add();
  clock.nowMs += 2000;
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
});

test('a key gives its own tenant, scopes, limits and share', async () => {
  const { authenticate, store } = setup();
  const { key, secret } = store.add({ scopes: ['files'], concurrency: 3, weight: 0.5, group: 'ci' });
  expect(await authenticate(secret)).toEqual({
    outcome: 'authenticated',
    identity: {
      tenant: key.id,
      scopes: ['files'],
      concurrency: 3,
      requestsPerMinute: undefined,
      tokensPerMinute: undefined,
      weight: 0.5,
      group: 'ci',
    },
  });
});

test.each(['', 'Bearer', 'sk-calute-short', `${createSecret()}x`, createSecret()])(
  'the secret "%s" of no key is refused',
  async (secret) => {
    const { authenticate, store } = setup();
    store.add();
    expect(await authenticate(secret)).toEqual({ outcome: 'refused' });
  },
);

test('the key of the environment has all scopes, needs no store and closes the door', async () => {
  const { authenticate, store } = setup({ environmentKey: 'from-compose' });
  store.state.down = true;
  expect(await authenticate('from-compose')).toMatchObject({
    outcome: 'authenticated',
    identity: { tenant: 'env', scopes: ['infer', 'files', 'batches', 'admin', 'priority'] },
  });
  expect(await authenticate(undefined)).toEqual({ outcome: 'refused' });
  expect(await authenticate('from-composE')).toEqual({ outcome: 'refused' });
  expect(() => setup({ environmentKey: '' })).toThrow('must not be empty');
});

test('a key of the store works beside the key of the environment', async () => {
  const { authenticate, store } = setup({ environmentKey: 'from-compose' });
  const { key, secret } = store.add();
  expect(await authenticate(secret)).toMatchObject({ identity: { tenant: key.id } });
});

test('a revocation takes effect within 30 s, however long the cache is told to last', async () => {
  const { authenticate, store, clock } = setup({ cacheMs: 3_600_000 });
  const { key, secret } = store.add();
  await authenticate(secret);
  store.revoke(key);
  clock.nowMs += 30_000;
  expect(await authenticate(secret)).toEqual({ outcome: 'refused' });
});

test('while the store is down a key works for 30 s after its last look, then nobody can tell', async () => {
  const { authenticate, store, clock } = setup();
  const { secret } = store.add();
  await authenticate(secret);
  store.state.down = true;
  clock.nowMs += 29_999;
  expect(await authenticate(secret)).toMatchObject({ outcome: 'authenticated' });
  await expect(authenticate(createSecret())).rejects.toMatchObject({ code: 'store_unavailable' });
  clock.nowMs += 1;
  await expect(authenticate(secret)).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('a store that is down is never taken for one without keys', async () => {
  const { authenticate, store, clock } = setup();
  expect(await authenticate(undefined)).toMatchObject({ outcome: 'open' });
  store.state.down = true;
  clock.nowMs += 2000;
  await expect(authenticate(undefined)).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('a request with a known key costs the store nothing', async () => {
  const { authenticate, store } = setup();
  const { secret } = store.add();
  await Promise.all(Array.from({ length: 1000 }, () => authenticate(secret)));
  expect(store.state.looks).toBe(1);
});

function setup(options: { environmentKey?: string; cacheMs?: number } = {}) {
  const clock = { nowMs: 1_000_000 };
  const store = createMemoryStore();
  const parts = { store, now: () => clock.nowMs, environmentKey: options.environmentKey };
  const authenticate = createAuthenticate(
    options.cacheMs === undefined ? parts : { ...parts, cacheMs: options.cacheMs },
  );
  return { authenticate, clock, store };
}

function createMemoryStore() {
  const records = new Map<string, ApiKey>();
  const state = { down: false, emptied: false, looks: 0 };
  const read = async <T>(value: () => T): Promise<T> => {
    if (state.down) throw new CaluteError('store_unavailable', 'down');
    return value();
  };
  return {
    state,
    add(fields: Partial<ApiKey> = {}) {
      const secret = createSecret();
      const secretHash = hashSecret(secret);
      const id = `key_${records.size}`;
      const key: ApiKey = { id, name: 'a', scopes: ['infer'], createdAtMs: 0, ...fields, secretHash };
      records.set(secretHash, key);
      return { key, secret };
    },
    revoke: (key: ApiKey) => void records.set(key.secretHash, { ...key, revokedAtMs: 1 }),
    find: (hash: string) => {
      state.looks += 1;
      return read(() => records.get(hash));
    },
    lose: () => records.clear(),
    isEmpty: () => read(() => records.size === 0),
    isEmptied: () => read(() => state.emptied),
  };
}
