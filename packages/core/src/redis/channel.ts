import type { Redis } from 'ioredis';
import { closeRedis } from './connect.ts';

export interface ChannelListener {
  onMessage(message: string): void;
  /** Messages may have been lost before this call: whoever needs all of them has to look elsewhere now. */
  onResubscribed(): void;
}

/** One pub/sub channel. Messages come in order, each at most once; a cut connection loses those in between. */
export interface Channel {
  readonly name: string;
  /** Resolves once the subscription stands: what is published from then on arrives. */
  open(listener: ChannelListener): Promise<void>;
  close(): Promise<void>;
}

/** The channels of a process. */
export interface Channels {
  create(name: string): Channel;
  /** Lets go of what the channels stand on, after `boundMs` at the latest. */
  close(boundMs: number): Promise<void>;
}

/** Channels on one connection to a single Redis, which must have the role `subscriber` and is closed with them. */
export function createChannels(subscriber: Redis): Channels {
  // One for each partition.
  subscriber.setMaxListeners(0);
  return {
    create: (name) => createChannel(subscriber, name),
    close: (boundMs) => closeRedis(subscriber, boundMs),
  };
}

/** A channel on a connection that must have the role `subscriber`; the caller closes the connection. */
export function createChannel(subscriber: Redis, name: string): Channel {
  let listener: ChannelListener | undefined;
  const onMessage = (channel: string, message: string) => {
    if (channel === name) listener?.onMessage(message);
  };
  // ioredis says `ready` before its own SUBSCRIBE is acknowledged, so the listener has to wait for another one.
  const subscribeAgain = () => {
    const tell = () => listener?.onResubscribed();
    subscriber.subscribe(name).then(tell, () => undefined); // because a cut leads to the next `ready`
  };
  return {
    name,
    async open(given) {
      listener = given;
      subscriber.on('message', onMessage);
      await subscriber.subscribe(name);
      subscriber.on('ready', subscribeAgain);
    },
    async close() {
      listener = undefined;
      subscriber.off('message', onMessage);
      subscriber.off('ready', subscribeAgain);
      if (subscriber.status === 'ready') await subscriber.unsubscribe(name).catch(() => undefined); // because a cut connection has no subscription
    },
  };
}
