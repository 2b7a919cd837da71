import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { Channel } from '../redis/channel.ts';
import { decodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { type Cursor, createCursor } from './cursor.ts';
import type { Frame, RunReader } from './run-log.ts';

export interface FollowerParts {
  readonly log: RunReader;
  /** The reply channel of this process. */
  readonly channel: Channel;
  /** Live frames kept for a reader that is slower than its run; beyond it the reader goes back to the log. */
  readonly maxBufferedBytes: number;
  /** How often runs from which nothing came are looked up in the log. */
  readonly silenceMs: number;
  /** How long a reader waits for a store that does not answer. */
  readonly giveUpMs: number;
}

export interface FollowOptions {
  /** The reader has seen the frames up to this one; 0 for none. */
  readonly afterSeq: number;
  /** Whether this process accepted the run just now, so that its frames come to this channel from the first one on. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads runs for a whole process. Each reader gets a run's events in order, each exactly once, a frame at a time, up to
 * and with `run-end`, whatever the channel loses; an abort ends the iteration silently. Live frames are only a shortcut:
 * a frame that is not the next one sends the reader to the log. A run is listened to from the call of `follow` on, until
 * the iteration ends or the signal aborts: a caller that may not iterate has to abort. Throws CaluteError `run_not_found`, `store_lost` when
 * the run vanishes while it is followed, `store_unavailable`.
 */
export interface Follower {
  /** The reply channel to accept runs with. */
  readonly channelName: string;
  follow(runId: RunId, options: FollowOptions): AsyncIterable<readonly RunEvent[]>;
  /** Looks up every run that has been silent since the last call; the timer calls it. */
  tick(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Frames of one look into the log. */
const pageFrames = 256;

export function createFollower(parts: FollowerParts): Follower {
  const cursors: Cursors = new Map();
  let timer: NodeJS.Timeout | undefined;
  const tick = () => checkSilentRuns(parts.log, cursors);
  return {
    channelName: parts.channel.name,
    follow: (runId, options) => follow({ ...parts, cursors }, runId, options),
    tick,
    async start() {
      await parts.channel.open({
        onMessage: (message) => dispatch(cursors, message),
        onResubscribed: () => {
          for (const [, cursor] of entries(cursors)) cursor.fallBehind();
        },
      });
      timer = setInterval(() => void tick(), parts.silenceMs);
    },
    async close() {
      clearInterval(timer);
      const draining = new CaluteError('server_draining', 'This replica is shutting down; the run goes on.');
      for (const [, cursor] of entries(cursors)) cursor.fail(draining);
      await parts.channel.close();
    },
  };
}

type Cursors = Map<RunId, Set<Cursor>>;
type FollowParts = FollowerParts & { readonly cursors: Cursors };

function follow(parts: FollowParts, runId: RunId, { afterSeq, fresh, signal }: FollowOptions) {
  const { cursors, maxBufferedBytes } = parts;
  const cursor = createCursor({ afterSeq, behind: !fresh, maxBufferedBytes });
  const set = cursors.get(runId) ?? new Set();
  cursors.set(runId, set.add(cursor));
  const release = () => {
    cursor.stop();
    signal.removeEventListener('abort', release);
    if (!set.delete(cursor) || set.size > 0) return;
    cursors.delete(runId);
    if (!cursor.hasEnded) detach(parts, runId);
  };
  if (signal.aborted) release();
  else signal.addEventListener('abort', release, { once: true });
  return readFrames(parts, { runId, cursor, known: fresh, signal, release });
}

/** Tells the store that nobody here follows the run; a store that does not answer only sends messages in vain. */
function detach({ log, channel }: FollowParts, runId: RunId): void {
  log.leave(runId, channel.name).catch(() => undefined);
}

interface Reading {
  readonly runId: RunId;
  readonly cursor: Cursor;
  /** Whether the run has been seen to exist: if it is gone later, the store has lost it. */
  known: boolean;
  readonly signal: AbortSignal;
  release(): void;
}

async function* readFrames(parts: FollowParts, reading: Reading): AsyncGenerator<readonly RunEvent[]> {
  const { cursor, signal } = reading;
  try {
    while (!signal.aborted) {
      const frames = cursor.isBehind ? await catchUp(parts, reading) : await cursor.next();
      for (const frame of frames) {
        const events = decodeEvents(frame.payload);
        if (events.at(-1)?.type === 'run-end') cursor.end();
        yield events;
        if (cursor.hasEnded) return;
      }
    }
  } finally {
    reading.release();
  }
}

/** The next page of the log; tries again while the store does not answer, but not for ever. */
async function catchUp(parts: FollowParts, reading: Reading): Promise<readonly Frame[]> {
  const giveUpAt = performance.now() + parts.giveUpMs;
  for (;;) {
    try {
      return await readPage(parts, reading);
    } catch (error) {
      const transient = CaluteError.is(error) && error.code === 'store_unavailable';
      if (!transient || performance.now() > giveUpAt) throw error;
    }
    const aborted = await delay(parts.silenceMs, false, { signal: reading.signal }).catch(() => true);
    if (aborted) return [];
  }
}

async function readPage({ log, channel }: FollowParts, reading: Reading): Promise<readonly Frame[]> {
  const { runId, cursor, known } = reading;
  const seenBefore = cursor.highestSeen;
  const page = await log.read(runId, { afterSeq: cursor.seq, limit: pageFrames, channel: channel.name });
  if (page.outcome === 'unknown') {
    throw known
      ? new CaluteError('store_lost', `The store no longer knows run ${runId}; send the request again.`)
      : new CaluteError('run_not_found', `No run ${runId} is known; it may have expired.`);
  }
  reading.known = true;
  // What came by while the page was read was not kept, so another look is due if anything did.
  cursor.caughtUp(page.frames, page.more || cursor.highestSeen > seenBefore);
  return page.frames;
}

/** One message holds a line for each frame: run id, sequence, payload. */
function dispatch(cursors: Cursors, message: string): void {
  for (const line of message.split('\n')) {
    const idEnd = line.indexOf(' ');
    const seqEnd = line.indexOf(' ', idEnd + 1);
    if (idEnd < 0 || seqEnd < 0) continue;
    const set = cursors.get(line.slice(0, idEnd) as RunId); // because what is no run's id finds nothing
    if (!set) continue;
    const frame = { seq: Number(line.slice(idEnd + 1, seqEnd)), payload: line.slice(seqEnd + 1) };
    for (const cursor of set) cursor.offer(frame);
  }
}

/** A lost message shows only by what comes after it; when nothing does, this closes the gap. */
async function checkSilentRuns(log: RunReader, cursors: Cursors): Promise<void> {
  const silent = entries(cursors).filter(([, cursor]) => cursor.wasSilent());
  if (silent.length === 0) return;
  // A store that does not answer sends the readers to the log too, where they give up in the end.
  const heads = await log.heads(silent.map(([runId]) => runId)).catch(() => []);
  silent.forEach(([, cursor], index) => {
    const head = heads[index];
    if (!head || head.seq > cursor.seq) cursor.fallBehind();
  });
}

function entries(cursors: Cursors): [RunId, Cursor][] {
  return [...cursors].flatMap(([runId, set]) => [...set].map((cursor): [RunId, Cursor] => [runId, cursor]));
}
