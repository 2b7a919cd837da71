import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../redis/keys.ts';
import { defineScript } from '../redis/load-script.ts';
import { orStoreError } from '../redis/store-error.ts';
import {
  type ConversationStore,
  conversationEntrySchema,
  type OwnedConversation,
  type StoredConversation,
} from './conversation-store.ts';

/** Of one conversation: a run is one entry, however much it says. */
const mostEntries = 5000;

/** Conversations in Redis. The tenant stands in their names, so nobody finds another's. */
export function createRedisConversationStore(redis: Redis, keys: Keys): ConversationStore {
  const change = defineScript(redis, { name: 'change', lua: new URL('./change.lua', import.meta.url) });
  const namesOf = ({ tenant, id }: OwnedConversation) => {
    const head = keys.conversation(tenant, id);
    return { head, entries: `${head}:entries`, removed: `${head}:removed` };
  };
  const changeWith = (owned: OwnedConversation, args: readonly (string | number)[]) => {
    const { head, entries, removed } = namesOf(owned);
    return change([head, entries, removed], args);
  };
  return {
    async create(owned, { createdAt, metadata }, retentionMs) {
      const { head } = namesOf(owned);
      const fields = { created: createdAt, metadata: JSON.stringify(metadata), retention: retentionMs };
      await orStoreError(redis.multi().hset(head, fields).pexpire(head, retentionMs).exec());
    },
    async find(owned) {
      const { head, entries, removed } = namesOf(owned);
      const replies = await orStoreError(
        redis.multi().hmget(head, 'created', 'metadata').lrange(entries, 0, -1).smembers(removed).exec(),
      );
      return toConversation(
        owned,
        replies?.map(([, reply]) => reply),
      );
    },
    describe: async (owned, metadata) =>
      changedSchema.parse(await changeWith(owned, ['metadata', JSON.stringify(metadata)])),
    append: async (owned, added, expected) => {
      const texts = added.map((entry) => JSON.stringify(entry));
      return appendedSchema.parse(await changeWith(owned, ['append', expected ?? '', mostEntries, ...texts]));
    },
    removeItem: async (owned, itemId) => changedSchema.parse(await changeWith(owned, ['remove', itemId])),
    async remove(owned) {
      const { head, entries, removed } = namesOf(owned);
      const count = await orStoreError(redis.del(head, entries, removed));
      return count > 0 ? 'removed' : 'unknown';
    },
  };
}

const changedSchema = z.enum(['done', 'unknown']);
const appendedSchema = z.enum(['done', 'changed', 'full', 'unknown']);

const repliesSchema = z.tuple([
  z.tuple([z.coerce.number(), z.string()]),
  z.array(z.string().transform((text) => conversationEntrySchema.parse(JSON.parse(text)))),
  z.array(z.string()),
]);
const unknownSchema = z.tuple([z.tuple([z.null(), z.null()])]).rest(z.unknown());

function toConversation({ id }: OwnedConversation, replies: unknown): StoredConversation | undefined {
  if (unknownSchema.safeParse(replies).success) return undefined;
  const [[createdAt, metadata], entries, removed] = repliesSchema.parse(replies);
  const pairs = z.record(z.string(), z.string()).parse(JSON.parse(metadata));
  return { id, createdAt, metadata: pairs, entries, removed: new Set(removed) };
}
