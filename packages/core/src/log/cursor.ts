import { createGate } from '../gate.ts';
import { createKeptFrames } from './kept-frames.ts';
import type { Frame } from './run-log.ts';

export interface CursorOptions {
  readonly afterSeq: number;
  /** Whether it starts by reading the log. */
  readonly behind: boolean;
  readonly maxBufferedBytes: number;
}

/**
 * Where one reader stands in one run, and the live frames that wait for it. Frames are kept only while they are the next
 * in sequence and within the bound; otherwise the cursor is behind, and its reader has to go to the log.
 */
export interface Cursor {
  /** The last frame handed to the reader. */
  readonly seq: number;
  readonly isBehind: boolean;
  /** The highest sequence that the channel has shown, kept or not. */
  readonly highestSeen: number;
  /** Whether the reader has been given the run's end. */
  readonly hasEnded: boolean;
  /** Takes a live frame. */
  offer(frame: Frame): void;
  /** The kept frames as soon as there are any; none when the cursor fell behind or was stopped. Rejects after `fail`. */
  next(): Promise<readonly Frame[]>;
  /** Records a page of the log that is handed to the reader. */
  caughtUp(frames: readonly Frame[], more: boolean): void;
  fallBehind(): void;
  /** Whether the reader waits and nothing came since the last call. */
  wasSilent(): boolean;
  end(): void;
  stop(): void;
  fail(error: Error): void;
}

interface CursorState {
  seq: number;
  /** The last frame kept: live frames must follow on it. */
  tail: number;
  highestSeen: number;
  behind: boolean;
  waiting: boolean;
  offered: boolean;
  hasEnded: boolean;
  stopped: boolean;
  failure: Error | undefined;
}

export function createCursor({ afterSeq, behind, maxBufferedBytes }: CursorOptions): Cursor {
  const state: CursorState = {
    seq: afterSeq,
    tail: afterSeq,
    highestSeen: afterSeq,
    behind,
    waiting: false,
    offered: false,
    hasEnded: false,
    stopped: false,
    failure: undefined,
  };
  const kept = createKeptFrames(maxBufferedBytes);
  const news = createGate();
  const change = (changes: Partial<CursorState>) => {
    Object.assign(state, changes);
    news.open();
  };
  return {
    get seq() {
      return state.seq;
    },
    get isBehind() {
      return state.behind && kept.isEmpty;
    },
    get highestSeen() {
      return state.highestSeen;
    },
    get hasEnded() {
      return state.hasEnded;
    },
    offer(frame) {
      state.offered = true;
      state.highestSeen = Math.max(state.highestSeen, frame.seq);
      if (state.behind || frame.seq <= state.tail) return;
      if (frame.seq > state.tail + 1) change({ behind: true });
      else if (kept.keep(frame)) change({ tail: frame.seq });
      else change({ tail: state.seq, behind: true });
    },
    async next() {
      while (kept.isEmpty && !state.behind && !state.stopped && !state.failure) {
        state.waiting = true;
        await news.wait();
      }
      state.waiting = false;
      if (state.failure) throw state.failure;
      state.seq = state.tail;
      return kept.take();
    },
    caughtUp(frames, more) {
      const seq = frames.at(-1)?.seq ?? state.seq;
      Object.assign(state, { seq, tail: seq, behind: more });
    },
    fallBehind: () => change({ behind: true }),
    wasSilent() {
      const silent = state.waiting && !state.offered && kept.isEmpty && !state.behind;
      state.offered = false;
      return silent;
    },
    end: () => change({ hasEnded: true }),
    stop: () => change({ stopped: true }),
    fail: (failure) => change({ failure }),
  };
}
