import type { Redis } from 'ioredis';
import type { Server } from './redis-address.ts';

/** A process's connections to the nodes of a Cluster at which it listens, by `host:port`. */
export interface Nodes {
  /** Subscribes at a node; resolves when the subscription stands. */
  listen(node: string, channel: string, onMessage: (message: string) => void): Promise<void>;
  /** Lets go of all other nodes. */
  keep(used: ReadonlySet<string | undefined>): void;
}

interface Listening {
  readonly connection: Redis;
  readonly onMessage: Map<string, (message: string) => void>;
}

/** One connection to each node; `onGone` is told when subscriptions there are over: it is cut, or the node has given slots away. */
export function createNodes(connect: (node: Server) => Redis, onGone: (node: string) => void): Nodes {
  const listening = new Map<string, Listening>();
  const open = (node: string): Listening => {
    const at = node.lastIndexOf(':');
    const connection = connect({ host: node.slice(0, at), port: Number(node.slice(at + 1)) });
    const opened: Listening = { connection, onMessage: new Map() };
    const isOver = () => listening.get(node) !== opened;
    connection.on('smessage', (channel: string, message: string) => opened.onMessage.get(channel)?.(message));
    connection.on('end', () => {
      if (isOver()) return;
      listening.delete(node);
      onGone(node);
    });
    // What ioredis calls it when a node ends a subscription by itself.
    connection.on('moved', () => {
      if (!isOver()) onGone(node);
    });
    listening.set(node, opened);
    return opened;
  };
  return {
    async listen(node, channel, onMessage) {
      const { connection, onMessage: handlers } = listening.get(node) ?? open(node);
      handlers.set(channel, onMessage);
      await connection.ssubscribe(channel);
    },
    keep(used) {
      for (const [node, { connection }] of listening) {
        if (used.has(node)) continue;
        listening.delete(node);
        connection.disconnect();
      }
    },
  };
}
