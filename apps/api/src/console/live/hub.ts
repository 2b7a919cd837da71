import { type Periodic, startPeriodic } from '@calute/core/async/periodic';
import { CaluteError, toErrorBody } from '@calute/core/errors';

/** One who watches a view. */
export interface Viewer {
  /** Takes what is shown now, as a server-sent event; false when there is no room yet, and then it is left out. */
  send(event: string): boolean;
  /** Ends what is sent, because it may not be seen any more. */
  end(): void;
  /** Whether it may still look; asked every now and then. */
  mayLook(): Promise<boolean>;
}

export interface Watched {
  /** Viewers of the same key see the same. */
  readonly key: string;
  readonly everyTicks: number;
  open(): () => Promise<unknown>;
}

/**
 * Looks for all viewers at once: each view that somebody watches is read once a round, however many watch it, and sent when it has
 * changed. While nobody watches nothing runs.
 */
export interface Hub {
  readonly viewers: number;
  /** Gives what stops it. Throws CaluteError `server_is_overloaded` above 100 viewers. */
  watch(watched: Watched, viewer: Viewer): () => void;
  /** Ends all viewers, and takes no more. */
  close(): Promise<void>;
}

export interface HubParts {
  /** Told of what is a bug. */
  onError(error: unknown): void;
  /** @defaultValue 500 */
  readonly tickMs?: number;
}

const mostViewers = 100;
const askEveryTicks = 20;

interface Channel {
  readonly watched: Watched;
  readonly read: () => Promise<unknown>;
  /** Viewer to the last event that it was sent. */
  readonly viewers: Map<Viewer, string>;
  reading: Promise<void> | undefined;
}

export function createHub({ onError, tickMs = 500 }: HubParts): Hub {
  const channels = new Map<string, Channel>();
  let periodic: Periodic | undefined;
  let ticks = 0;
  let viewers = 0;
  let closed = false;

  const look = (channel: Channel) => {
    channel.reading ??= show(channel, onError).finally(() => {
      channel.reading = undefined;
    });
    return channel.reading;
  };
  const round = async () => {
    ticks += 1;
    const due = [...channels.values()].filter(({ watched }) => ticks % watched.everyTicks === 0);
    await Promise.all(due.map(look));
    if (ticks % askEveryTicks === 0) await dismiss([...channels.values()]);
  };
  const leave = (channel: Channel, viewer: Viewer) => {
    if (!channel.viewers.delete(viewer)) return;
    viewers -= 1;
    if (channel.viewers.size === 0) channels.delete(channel.watched.key);
    if (viewers > 0) return;
    void periodic?.stop();
    periodic = undefined;
  };
  return {
    get viewers() {
      return viewers;
    },
    watch(watched, viewer) {
      if (closed || viewers >= mostViewers) throw tooMany(closed);
      const channel = channels.get(watched.key) ?? {
        watched,
        read: watched.open(),
        viewers: new Map(),
        reading: undefined,
      };
      channels.set(watched.key, channel);
      channel.viewers.set(viewer, '');
      viewers += 1;
      periodic ??= startPeriodic({ everyMs: tickMs, round, onError });
      void look(channel);
      return () => leave(channel, viewer);
    },
    async close() {
      closed = true;
      const stopping = periodic?.stop();
      for (const channel of [...channels.values()]) {
        for (const viewer of [...channel.viewers.keys()]) {
          leave(channel, viewer);
          viewer.end();
        }
      }
      await stopping;
    },
  };
}

/** Reads the view and sends it to those who have not been sent the same before. */
async function show({ read, viewers }: Channel, onError: (error: unknown) => void): Promise<void> {
  let event: string;
  try {
    event = `data: ${JSON.stringify(await read())}\n\n`;
  } catch (error) {
    if (!CaluteError.is(error)) onError(error);
    event = `event: fault\ndata: ${JSON.stringify(toErrorBody(error))}\n\n`;
  }
  for (const [viewer, sent] of viewers) if (sent !== event && viewer.send(event)) viewers.set(viewer, event);
}

/** A key that was revoked closes what it had opened. */
async function dismiss(channels: readonly Channel[]): Promise<void> {
  for (const { viewers } of channels) {
    for (const viewer of [...viewers.keys()]) if (!(await viewer.mayLook())) viewer.end();
  }
}

function tooMany(closed: boolean): CaluteError {
  if (closed) return new CaluteError('server_draining', 'This server is shutting down; ask another one.');
  return new CaluteError('server_is_overloaded', `More than ${mostViewers} pages are open; close some.`);
}
