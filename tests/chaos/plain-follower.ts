import type { RunId } from '@calute/core/ids';
import type { Follower, FollowerParts, Following } from '@calute/core/run-store/read/follower';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';

interface Reader {
  readonly frames: (readonly RunEvent[])[];
  hasEnded: boolean;
  isStopped: boolean;
  wake(): void;
}

/**
 * What the product would be without its log: a relay of live messages. Whoever comes late, or was cut off, joins at the
 * present; what the channel has lost is lost.
 */
export function createPlainFollower({ log, channel }: FollowerParts): Follower {
  const readers = new Map<RunId, Set<Reader>>();
  return {
    channelOf: () => channel.name,
    follow: (runId, options) => {
      const reader: Reader = { frames: [], hasEnded: false, isStopped: false, wake: () => undefined };
      const stop = () => leave(readers, runId, reader);
      readers.set(runId, (readers.get(runId) ?? new Set()).add(reader));
      options.signal.addEventListener('abort', stop, { once: true });
      // Only to have the run's messages sent here; what the log holds is left unread.
      if (!options.fresh)
        log.read(runId, { afterSeq: 0, limit: 1, channel: channel.name }).catch(() => undefined);
      return {
        hasEnded: () => reader.hasEnded,
        stop,
        [Symbol.asyncIterator]: () => relay(reader, stop),
      } satisfies Following;
    },
    tick: () => Promise.resolve(),
    start: () =>
      channel.open({ onMessage: (message) => dispatch(readers, message), onResubscribed: () => undefined }),
    close: () => channel.close(),
  };
}

function leave(readers: Map<RunId, Set<Reader>>, runId: RunId, reader: Reader): void {
  reader.isStopped = true;
  reader.wake();
  const set = readers.get(runId);
  set?.delete(reader);
  if (set?.size === 0) readers.delete(runId);
}

async function* relay(reader: Reader, stop: () => void): AsyncGenerator<readonly RunEvent[]> {
  try {
    while (!reader.isStopped) {
      for (let events = reader.frames.shift(); events !== undefined; events = reader.frames.shift()) {
        reader.hasEnded = events.at(-1)?.type === 'run-end';
        yield events;
        if (reader.hasEnded) return;
      }
      if (reader.isStopped) return;
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
      });
    }
  } finally {
    stop();
  }
}

/** One message holds a line for each frame: run id, sequence, payload. */
function dispatch(readers: Map<RunId, Set<Reader>>, message: string): void {
  for (const line of message.split('\n').filter((text) => text !== '')) {
    const [runId = '', seq = ''] = line.split(' ', 2);
    const events = decodeEvents(line.slice(runId.length + seq.length + 2));
    // because what is no run's id finds nothing
    for (const reader of readers.get(runId as RunId) ?? []) {
      reader.frames.push(events);
      reader.wake();
    }
  }
}
