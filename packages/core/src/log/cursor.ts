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
  /** Takes a live frame. */
  offer(frame: Frame): void;
  /** The kept frames as soon as there are any; none when the cursor fell behind or was stopped. Rejects after `fail`. */
  next(): Promise<readonly Frame[]>;
  /** Records a page of the log that is handed to the reader. */
  caughtUp(frames: readonly Frame[], more: boolean): void;
  fallBehind(): void;
  /** Whether the reader waits and nothing came since the last call. */
  wasSilent(): boolean;
  stop(): void;
  /** The reader has been given the run's end. */
  end(): void;
  readonly hasEnded: boolean;
  fail(error: Error): void;
}

export function createCursor({ afterSeq, behind, maxBufferedBytes }: CursorOptions): Cursor {
  const state = { seq: afterSeq, tail: afterSeq, highest: afterSeq, behind, stopped: false, ended: false, offered: false };
  let kept: Frame[] = [];
  let keptBytes = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const ring = () => wake?.();
  const drop = () => {
    kept = [];
    keptBytes = 0;
    state.tail = state.seq;
    state.behind = true;
  };
  const keep = (frame: Frame) => {
    kept.push(frame);
    keptBytes += frame.payload.length;
    state.tail = frame.seq;
    if (keptBytes > maxBufferedBytes) drop();
  };
  const take = () => {
    const frames = kept;
    kept = [];
    keptBytes = 0;
    state.seq = state.tail;
    return frames;
  };

  return {
    get seq() {
      return state.seq;
    },
    get isBehind() {
      return state.behind && kept.length === 0;
    },
    get highestSeen() {
      return state.highest;
    },
    offer(frame) {
      state.offered = true;
      state.highest = Math.max(state.highest, frame.seq);
      if (state.behind || frame.seq <= state.tail) return;
      if (frame.seq === state.tail + 1) keep(frame);
      else state.behind = true;
      ring();
    },
    async next() {
      while (kept.length === 0 && !state.behind && !state.stopped && !failure) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = undefined;
      if (failure) throw failure;
      return take();
    },
    caughtUp(frames, more) {
      state.seq = state.tail = frames.at(-1)?.seq ?? state.seq;
      state.behind = more;
    },
    fallBehind() {
      state.behind = true;
      ring();
    },
    wasSilent() {
      const silent = !state.offered && wake !== undefined && kept.length === 0 && !state.behind;
      state.offered = false;
      return silent;
    },
    stop() {
      state.stopped = true;
      ring();
    },
    end() {
      state.ended = true;
    },
    get hasEnded() {
      return state.ended;
    },
    fail(error) {
      failure = error;
      ring();
    },
  };
}
