import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.ts';
import type { Keys } from '../redis/keys.ts';
import { defineScript } from '../redis/load-script.ts';
import { orStoreError } from '../redis/store-error.ts';
import { type ApiKey, apiKeySchema } from './api-key.ts';
import { createSecret, hashSecret, isSameHash } from './secret.ts';

/** What the maker of a key decides; an absent limit means unlimited. */
export type NewApiKey = Omit<ApiKey, 'id' | 'secretHash' | 'createdAtMs' | 'revokedAtMs'>;

export type RevokeOutcome =
  | { readonly outcome: 'revoked' | 'already-revoked'; readonly key: ApiKey }
  | { readonly outcome: 'unknown' };

/** `last` when no other key is left, revoked ones included. */
export type DeleteOutcome =
  | { readonly outcome: 'deleted'; readonly last: boolean }
  | { readonly outcome: 'unknown' };

/**
 * The API keys. A revoked key stays, with its time, until it is deleted. Creating and deleting are one atomic step each.
 * Errors: CaluteError `store_unavailable`.
 */
export interface KeyStore {
  /** The only time that the secret exists outside the client. */
  create(key: NewApiKey): Promise<{ readonly key: ApiKey; readonly secret: string }>;
  /** Oldest first, revoked ones included. */
  list(): Promise<readonly ApiKey[]>;
  revoke(id: string): Promise<RevokeOutcome>;
  /** Forgets a key, revoked or not. */
  delete(id: string): Promise<DeleteOutcome>;
  /** The key of this secret, also when it is revoked. */
  find(secretHash: string): Promise<ApiKey | undefined>;
  /** Whether there is no key, not even a revoked one. */
  isEmpty(): Promise<boolean>;
  /** Whether that is so because the last one was deleted: an empty Redis alone may have lost its data. */
  isEmptied(): Promise<boolean>;
}

interface KeyStoreParts {
  readonly redis: Redis;
  readonly keys: Pick<Keys, 'apiKeys' | 'apiKeysByHash' | 'apiKeysDeleted'>;
  readonly now: () => number;
  readonly logger: Logger;
}

const createLua = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
redis.call('DEL', KEYS[3])
`;

/** Sent again, it finds nothing; the answer to the first is then `unknown`, which is true by then. */
const deleteLua = `
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 'unknown' end
for _, hash in ipairs(redis.call('HKEYS', KEYS[2])) do
  if redis.call('HGET', KEYS[2], hash) == ARGV[1] then redis.call('HDEL', KEYS[2], hash) end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return 'deleted' end
redis.call('SET', KEYS[3], '1')
return 'last'
`;

/** The API keys in Redis: one hash of records by id, one of ids by the secret's SHA-256. */
export function createKeyStore({ redis, keys, now, logger }: KeyStoreParts): KeyStore {
  const write = defineScript(redis, { name: 'create-api-key', lua: createLua, numberOfKeys: 3 });
  const remove = defineScript(redis, { name: 'delete-api-key', lua: deleteLua, numberOfKeys: 3 });
  const names = [keys.apiKeys, keys.apiKeysByHash, keys.apiKeysDeleted];
  const get = async (id: string) => parseKey(id, await orStoreError(redis.hget(keys.apiKeys, id)), logger);
  return {
    async create(fields) {
      const secret = createSecret();
      const id = `key_${randomBytes(12).toString('hex')}`;
      const key = apiKeySchema.parse({
        ...fields,
        id,
        secretHash: hashSecret(secret),
        createdAtMs: now(),
      });
      await write(names, [id, key.secretHash, JSON.stringify(key)]);
      return { key, secret };
    },
    async list() {
      const records = Object.entries(await orStoreError(redis.hgetall(keys.apiKeys)));
      const found = records
        .map(([id, record]) => parseKey(id, record, logger))
        .filter((key) => key !== undefined);
      return found.sort((a, b) => a.createdAtMs - b.createdAtMs);
    },
    async revoke(id) {
      const key = await get(id);
      if (key === undefined) return { outcome: 'unknown' };
      if (key.revokedAtMs !== undefined) return { outcome: 'already-revoked', key };
      const revoked = { ...key, revokedAtMs: now() };
      await orStoreError(redis.hset(keys.apiKeys, id, JSON.stringify(revoked)));
      return { outcome: 'revoked', key: revoked };
    },
    async delete(id) {
      const reply = await remove(names, [id]);
      return reply === 'unknown' ? { outcome: 'unknown' } : { outcome: 'deleted', last: reply === 'last' };
    },
    async find(secretHash) {
      const id = await orStoreError(redis.hget(keys.apiKeysByHash, secretHash));
      const key = id === null ? undefined : await get(id);
      return key && isSameHash(key.secretHash, secretHash) ? key : undefined;
    },
    isEmpty: async () => (await orStoreError(redis.hlen(keys.apiKeys))) === 0,
    isEmptied: async () => (await orStoreError(redis.exists(keys.apiKeysDeleted))) === 1,
  };
}

/** A record that this version cannot read (a newer one wrote it) opens nothing. */
function parseKey(id: string, record: string | null, logger: Logger): ApiKey | undefined {
  if (record === null) return undefined;
  const parsed = apiKeySchema.safeParse(parseJson(record));
  if (parsed.success) return parsed.data;
  logger.warn({ keyId: id, problem: parsed.error.issues[0]?.message }, 'api-key.unreadable');
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
