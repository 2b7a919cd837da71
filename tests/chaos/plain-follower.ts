import type { RunId } from '@calute/core/ids';
import type { Follower, FollowerParts, FollowOptions } from '@calute/core/log/follower';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';

interface Reader {
  readonly frames: (readonly RunEvent[])[];
  wake(): void;
}

/**
 * What the product would be without its log: a relay of live messages. Whoever comes late, or was cut off, joins at the
 * present; what the channel has lost is lost.
 */
export function createPlainFollower({ log, channel }: FollowerParts): Follower {
  const readers = new Map<RunId, Set<Reader>>();
  return {
    channelName: channel.name,
    follow: (runId, options) => {
      const reader = join(readers, runId, options);
      // Only to have the run's messages sent here; what the log holds is left unread.
      if (!options.fresh)
        log.read(runId, { afterSeq: 0, limit: 1, channel: channel.name }).catch(() => undefined);
      return relay(readers, { runId, reader, signal: options.signal });
    },
    tick: () => Promise.resolve(),
    start: () =>
      channel.open({ onMessage: (message) => dispatch(readers, message), onResubscribed: () => undefined }),
    close: () => channel.close(),
  };
}

function join(readers: Map<RunId, Set<Reader>>, runId: RunId, { signal }: FollowOptions): Reader {
  const reader: Reader = { frames: [], wake: () => undefined };
  const set = readers.get(runId) ?? new Set();
  readers.set(runId, set.add(reader));
  const leave = () => {
    set.delete(reader);
    if (set.size === 0) readers.delete(runId);
    reader.wake();
  };
  signal.addEventListener('abort', leave, { once: true });
  return reader;
}

async function* relay(
  readers: Map<RunId, Set<Reader>>,
  { runId, reader, signal }: { runId: RunId; reader: Reader; signal: AbortSignal },
): AsyncGenerator<readonly RunEvent[]> {
  try {
    while (!signal.aborted) {
      for (let events = reader.frames.shift(); events !== undefined; events = reader.frames.shift()) {
        yield events;
        if (events.at(-1)?.type === 'run-end') return;
      }
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
      });
    }
  } finally {
    readers.get(runId)?.delete(reader);
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
