import { expect, test } from 'vitest';
import { startPrivateRedis } from '../../../../tests/support/start-private-redis.ts';
import { connectTestRedis } from '../../../../tests/support/test-redis.ts';
import { readMemoryRatio } from './memory-ratio.ts';

test('the ratio is of what Redis may use; without a limit there is none', async () => {
  await using redis = await startPrivateRedis({ aof: false, maxmemory: '64mb' });
  const limited = connectTestRedis(redis.url);
  const before = (await readMemoryRatio(limited)) ?? 0;
  expect(before).toBeGreaterThan(0);
  await limited.set('filler', 'x'.repeat(16 * 1024 * 1024));
  expect(await readMemoryRatio(limited)).toBeGreaterThan(before + 0.2);
  await limited.config('SET', 'maxmemory', '0');
  expect(await readMemoryRatio(limited)).toBeUndefined();
});
