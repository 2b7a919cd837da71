import { type Periodic, startPeriodic } from '../../async/periodic.ts';
import { CaluteError } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { RunReader } from '../run-log.ts';
import { Cursor } from './cursor.ts';
import { type ReadRunParts, readRun, storeLost } from './read-run.ts';

export interface FollowerParts extends ReadRunParts {
  /** Live frames kept for a reader that is slower than its run; beyond it the reader goes back to the log. */
  readonly maxBufferedBytes: number;
}

export interface FollowOptions {
  /** The reader has seen the frames up to this one; 0 for none. */
  readonly afterSeq: number;
  /** Whether this process accepted the run just now, so that its frames come to this channel from the first one on. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
}

/** A run that is listened to for one reader, who iterates over it once. */
export interface Following extends AsyncIterable<readonly RunEvent[]> {
  /** Whether the reader has been given the run's end. */
  hasEnded(): boolean;
  /** Stops listening, which ends the iteration silently; idempotent. */
  stop(): void;
}

/**
 * Reads runs for a whole process. Each reader gets a run's events in order, each exactly once, a frame at a time, up to
 * and with `run-end`, whatever the channel loses; an abort ends the iteration silently. Live frames are only a shortcut:
 * a frame that is not the next one sends the reader to the log. A run is listened to from the call of `follow` on, until
 * the iteration ends, the signal aborts or `stop` is called, which a caller that will not iterate has to do. Iterating
 * throws CaluteError `run_not_found`, `store_lost` when the run vanishes while it is followed, `store_unavailable`.
 */
export interface Follower {
  /** The reply channel to accept a run with. */
  channelOf(runId: RunId): string;
  follow(runId: RunId, options: FollowOptions): Following;
  /** Looks up every run that has been silent since the last call; the timer calls it. */
  tick(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createFollower(parts: FollowerParts): Follower {
  const cursors: Cursors = new Map();
  const followParts = { ...parts, cursors };
  let checking: Periodic | undefined;
  const tick = () => checkSilentRuns(parts.log, cursors);
  return {
    channelOf: () => parts.channel.name,
    follow: (runId, options) => follow(followParts, runId, options),
    tick,
    async start() {
      await parts.channel.open({
        onMessage: (message) => dispatch(followParts, message),
        onResubscribed: () => {
          for (const cursor of [...cursors.values()].flat()) cursor.fallBehind();
        },
      });
      // One at a time: a store that is slow is not asked again before it has answered.
      checking = startPeriodic({ everyMs: parts.silenceMs, round: tick, onError: fail });
    },
    async close() {
      void checking?.stop();
      const draining = new CaluteError('server_draining', 'This replica is shutting down; the run goes on.');
      for (const cursor of [...cursors.values()].flat()) cursor.fail(draining);
      await parts.channel.close();
    },
  };
}

type Cursors = Map<RunId, readonly Cursor[]>;

type FollowParts = FollowerParts & { readonly cursors: Cursors };

function follow(parts: FollowParts, runId: RunId, { afterSeq, fresh, signal }: FollowOptions): Following {
  const { cursors, maxBufferedBytes } = parts;
  const cursor = new Cursor({ afterSeq, behind: !fresh, maxBufferedBytes });
  cursors.set(runId, [...(cursors.get(runId) ?? []), cursor]);
  const stop = () => {
    if (cursor.isStopped) return;
    cursor.stop();
    signal.removeEventListener('abort', stop);
    forget(parts, runId, cursor);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  return {
    hasEnded: () => cursor.hasEnded,
    stop,
    [Symbol.asyncIterator]: () => readRun(parts, { runId, cursor, known: fresh, signal, stop }),
  };
}

/** The last reader of a run that goes on detaches the channel; when that fails, messages are sent in vain. */
function forget({ cursors, log, channel }: FollowParts, runId: RunId, cursor: Cursor): void {
  const others = cursors.get(runId)?.filter((other) => other !== cursor) ?? [];
  if (others.length > 0) {
    cursors.set(runId, others);
    return;
  }
  cursors.delete(runId);
  if (!cursor.hasEnded) log.leave(runId, channel.name).catch(() => undefined);
}

/** One message holds a line for each frame: run id, sequence, payload. */
function dispatch({ cursors }: FollowParts, message: string): void {
  for (const line of message.split('\n')) {
    const idEnd = line.indexOf(' ');
    const seqEnd = line.indexOf(' ', idEnd + 1);
    if (idEnd < 0 || seqEnd < 0) continue;
    const runId = line.slice(0, idEnd) as RunId; // because what is no run's id finds nothing
    const seq = Number(line.slice(idEnd + 1, seqEnd));
    for (const cursor of cursors.get(runId) ?? []) cursor.offer({ seq, payload: line.slice(seqEnd + 1) });
  }
}

/** What the store fails at is no error of a check, so this is a bug; it ends the process. */
function fail(error: unknown): never {
  throw error;
}

/** A lost message shows only by what comes after it; when nothing does, this closes the gap. */
async function checkSilentRuns(log: RunReader, cursors: Cursors): Promise<void> {
  const silent: { readonly runId: RunId; readonly cursor: Cursor; readonly seq: number }[] = [];
  for (const [runId, readers] of cursors) {
    for (const cursor of readers) if (cursor.wasSilent()) silent.push({ runId, cursor, seq: cursor.seq });
  }
  if (silent.length === 0) return;
  // A store that does not answer sends the readers to the log too, where they give up in the end.
  const heads = await log.heads(silent.map(({ runId }) => runId)).catch(() => []);
  silent.forEach(({ runId, cursor, seq }, index) => {
    const head = heads[index];
    // After a failover the log may be shorter than what its reader has seen, or have other frames there.
    if (head && (head.seq < seq || (head.ended && head.seq === seq))) cursor.fail(storeLost(runId));
    else if (!head || head.seq > cursor.seq) cursor.fallBehind();
  });
}
