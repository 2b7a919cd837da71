import type { Redis } from 'ioredis';

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

/** A channel on a connection of its own, which must have the role `subscriber`; the caller closes the connection. */
export function createChannel(subscriber: Redis, name: string): Channel {
  let opened = false;
  return {
    name,
    async open({ onMessage, onResubscribed }) {
      subscriber.on('message', (channel: string, message: string) => {
        if (channel === name) onMessage(message);
      });
      await subscriber.subscribe(name);
      opened = true;
      // ioredis says `ready` before its own SUBSCRIBE is acknowledged, so the listener has to wait for another one.
      subscriber.on('ready', () => {
        if (!opened) return;
        subscriber.subscribe(name).then(onResubscribed, () => undefined); // because a cut leads to the next `ready`
      });
    },
    async close() {
      opened = false;
      subscriber.removeAllListeners('message');
      if (subscriber.status === 'ready') await subscriber.unsubscribe(name).catch(() => undefined); // because a cut connection has no subscription
    },
  };
}
