import type { Redis } from 'ioredis';
import type { ConversationStore, OwnedConversation } from '../conversations/conversation-store.ts';
import { createRedisConversationStore } from '../conversations/redis-conversation-store.ts';
import type { Partition } from '../queue/connect-partition.ts';
import type { Partitioning } from '../redis/partitioning.ts';
import { itemAt } from './ask-each.ts';

export interface RoutePartitionsParts {
  readonly redis: Redis;
  readonly partitions: readonly Pick<Partition, 'keys'>[];
  readonly partitioning: Partitioning;
}

/** Conversations are where the runs of their tenant are. */
export function routeConversations({
  redis,
  partitions,
  partitioning,
}: RoutePartitionsParts): ConversationStore {
  const stores = partitions.map(({ keys }) => createRedisConversationStore(redis, keys));
  const of = ({ tenant }: OwnedConversation) => itemAt(stores, partitioning.ofTenant(tenant));
  return {
    create: (owned, head, retentionMs) => of(owned).create(owned, head, retentionMs),
    find: (owned) => of(owned).find(owned),
    describe: (owned, metadata) => of(owned).describe(owned, metadata),
    append: (owned, entries, expected) => of(owned).append(owned, entries, expected),
    removeItem: (owned, itemId) => of(owned).removeItem(owned, itemId),
    remove: (owned) => of(owned).remove(owned),
  };
}
