import type { Redis } from 'ioredis';
import { z } from 'zod';
import { oneAtATime } from '../async/one-at-a-time.ts';
import { startPeriodic } from '../async/periodic.ts';
import type { Channel, ChannelListener, Channels } from './channel.ts';
import { createNodes, type Nodes } from './cluster-nodes.ts';
import type { Server } from './redis-address.ts';
import { orStoreError } from './store-error.ts';

export interface ShardedChannelsParts {
  /** The Cluster. */
  readonly redis: Pick<Redis, 'cluster'>;
  /** Opens a connection to one node that is not made again when it is cut. */
  connect(node: Server): Redis;
  onError(error: unknown): void;
  /** How often it is looked which node has which slot. @defaultValue 1000 */
  readonly everyMs?: number;
}

interface OpenChannel {
  readonly name: string;
  readonly slot: number;
  readonly listener: ChannelListener;
  /** Where the subscription stands. */
  node: string | undefined;
  /** Whether it has stood before. */
  stood: boolean;
}

/**
 * Channels of sharded pub/sub: each is at the node that has its slot, so that a message goes to one node, whose count of
 * listeners is true. A subscription follows its slot, whether that is moved or its node fails; what is said meanwhile is lost.
 */
export function createShardedChannels(parts: ShardedChannelsParts): Channels {
  const { redis, onError, everyMs = 1000 } = parts;
  const open = new Map<string, OpenChannel>();
  let isClosed = false;
  const nodes = createNodes(parts.connect, (node) => {
    for (const channel of open.values()) if (channel.node === node) channel.node = undefined;
    if (!isClosed) void settle();
  });
  const settle = oneAtATime(async () => {
    try {
      const ownerOf = await readOwners(redis);
      const subscribing = open
        .values()
        .map((channel) => subscribe(channel, { owner: ownerOf(channel.slot), nodes }).catch(onError));
      await Promise.all(subscribing);
      nodes.keep(new Set(open.values().map(({ node }) => node)));
    } catch (error) {
      onError(error);
    }
  });
  const watching = startPeriodic({ everyMs, round: settle, onError });
  const create = (name: string): Channel => ({
    name,
    async open(listener) {
      const slot = z.number().parse(await orStoreError(redis.cluster('KEYSLOT', name)));
      const channel: OpenChannel = { name, slot, listener, node: undefined, stood: false };
      open.set(name, channel);
      await settle();
      if (!channel.stood) throw new Error(`No node of the Cluster serves the channel ${name}.`);
    },
    close: async () => void open.delete(name),
  });
  return {
    create,
    async close() {
      isClosed = true;
      open.clear();
      nodes.keep(new Set());
      await watching.stop();
    },
  };
}

async function subscribe(
  channel: OpenChannel,
  { owner, nodes }: { readonly owner: string | undefined; readonly nodes: Nodes },
): Promise<void> {
  if (owner === undefined || channel.node === owner) return;
  channel.node = undefined;
  await nodes.listen(owner, channel.name, channel.listener.onMessage);
  channel.node = owner;
  if (channel.stood) channel.listener.onResubscribed();
  channel.stood = true;
}

const rangesSchema = z.array(
  z.tuple([z.number(), z.number(), z.tuple([z.string(), z.number()]).rest(z.unknown())]).rest(z.unknown()),
);

/** Which node has a slot; undefined for one that none has. */
async function readOwners(redis: Pick<Redis, 'cluster'>): Promise<(slot: number) => string | undefined> {
  const ranges = rangesSchema.parse(await orStoreError(redis.cluster('SLOTS')));
  return (slot) => {
    const [, , owner] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? [];
    return owner && `${owner[0]}:${owner[1]}`;
  };
}
