import type { Scope } from '../../packages/core/src/api-keys/api-key.ts';
import { createKeyStore } from '../../packages/core/src/api-keys/key-store.ts';
import { createLogger } from '../../packages/core/src/logging/logger.ts';
import { closeRedis } from '../../packages/core/src/redis/connect.ts';
import { openRedis } from '../../packages/core/src/redis/open-redis.ts';
import type { RoleEnvironment } from './start-role.ts';
import { installationKeys } from './test-redis.ts';

/** Makes keys with these scopes for an installation; gives their secrets. */
export async function createKeySecrets(
  { REDIS_URL, CALUTE_PREFIX }: RoleEnvironment,
  scopes: readonly (readonly Scope[])[],
): Promise<string[]> {
  const redis = await openRedis(REDIS_URL, 'command', () => undefined);
  try {
    const logger = createLogger({ role: 'test', level: 'silent' });
    const store = createKeyStore({ redis, keys: installationKeys(CALUTE_PREFIX), now: Date.now, logger });
    const secrets: string[] = [];
    for (const [index, allowed] of scopes.entries()) {
      secrets.push((await store.create({ name: `key-${index}`, scopes: [...allowed] })).secret);
    }
    return secrets;
  } finally {
    await closeRedis(redis, 1000);
  }
}
