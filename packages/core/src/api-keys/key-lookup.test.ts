import { expect, test } from 'vitest';
import type { ApiKey } from './api-key.ts';
import { createKeyLookup } from './key-lookup.ts';

test('the same wrong key costs one look in 2 s', async () => {
  const { lookup, looks, clock } = setup();
  await Promise.all(Array.from({ length: 100 }, () => lookup('wrong')));
  expect(looks).toEqual(['wrong']);
  clock.nowMs += 2000;
  expect(await lookup('wrong')).toBeUndefined();
  expect(looks).toEqual(['wrong', 'wrong']);
});

test('guesses beyond the budget of a second are told to slow down and reach no store', async () => {
  const { lookup, looks, clock } = setup({ maxMissesPerSecond: 3 });
  for (let guess = 0; guess < 3; guess += 1) await lookup(`guess-${guess}`);
  await expect(lookup('guess-3')).rejects.toMatchObject({ code: 'slow_down', retryAfterMs: 1000 });
  expect(looks).toHaveLength(3);
  clock.nowMs += 1000;
  expect(await lookup('guess-3')).toBeUndefined();
});

test('keys that exist are not charged to the budget of guesses', async () => {
  const { lookup, keys } = setup({ maxMissesPerSecond: 1 });
  for (let index = 0; index < 10; index += 1) keys.set(`key-${index}`, key(`key-${index}`));
  for (let index = 0; index < 10; index += 1)
    expect(await lookup(`key-${index}`)).toEqual(key(`key-${index}`));
});

test('a known key keeps working under guessing, up to 30 s after its last look', async () => {
  const { lookup, keys, clock } = setup({ maxMissesPerSecond: 1 });
  keys.set('known', key('known'));
  await lookup('known');
  clock.nowMs += 29_000;
  await lookup('guess');
  expect(await lookup('known')).toEqual(key('known'));
  clock.nowMs += 999;
  expect(await lookup('known')).toEqual(key('known'));
});

test('guesses push no real key out of the cache', async () => {
  const { lookup, keys, looks } = setup({ maxEntries: 2, maxMissesPerSecond: 100 });
  keys.set('known', key('known'));
  await lookup('known');
  for (let guess = 0; guess < 50; guess += 1) await lookup(`guess-${guess}`);
  await lookup('known');
  expect(looks.filter((hash) => hash === 'known')).toHaveLength(1);
});

test('the least recently used key is forgotten first', async () => {
  const { lookup, keys, looks } = setup({ maxEntries: 2 });
  for (const hash of ['a', 'b', 'c']) keys.set(hash, key(hash));
  for (const hash of ['a', 'b', 'a', 'c', 'a', 'b']) await lookup(hash);
  expect(looks).toEqual(['a', 'b', 'c', 'b']);
});

function setup(options: { maxEntries?: number; maxMissesPerSecond?: number } = {}) {
  const clock = { nowMs: 1_000_000 };
  const keys = new Map<string, ApiKey>();
  const looks: string[] = [];
  const find = async (hash: string) => {
    looks.push(hash);
    return keys.get(hash);
  };
  const lookup = createKeyLookup({ store: { find }, now: () => clock.nowMs, cacheMs: 10_000, ...options });
  return { clock, keys, looks, lookup };
}

function key(secretHash: string): ApiKey {
  return { id: `key_${secretHash}`, name: 'a', secretHash, scopes: ['infer'], createdAtMs: 0 };
}
