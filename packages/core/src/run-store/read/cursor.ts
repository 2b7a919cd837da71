import type { Frame } from '../run-log.ts';
import { KeptFrames } from './kept-frames.ts';

export interface CursorOptions {
  readonly afterSeq: number;
  /** Whether it starts by reading the log. */
  readonly behind: boolean;
  readonly maxBufferedBytes: number;
}

/**
 * Where one reader stands in one run, and the live frames that wait for it. Frames are kept only while they are the next
 * in sequence and within the bound; otherwise the cursor is behind, and its reader has to go to the log.
 * A class, because each open stream has one: an object of closures and getters took 3 KiB.
 */
export class Cursor {
  readonly #kept: KeptFrames;
  #seq: number;
  /** The last frame kept: live frames must follow on it. */
  #tail: number;
  #highestSeen: number;
  #behind: boolean;
  #offered = false;
  #hasEnded = false;
  #isStopped = false;
  #failure: Error | undefined;
  /** Set while the reader waits. */
  #wake: (() => void) | undefined;

  constructor({ afterSeq, behind, maxBufferedBytes }: CursorOptions) {
    this.#kept = new KeptFrames(maxBufferedBytes);
    this.#seq = afterSeq;
    this.#tail = afterSeq;
    this.#highestSeen = afterSeq;
    this.#behind = behind;
  }

  /** The last frame handed to the reader. */
  get seq(): number {
    return this.#seq;
  }

  get isBehind(): boolean {
    return this.#behind && this.#kept.isEmpty;
  }

  /** The highest sequence that the channel has shown, kept or not. */
  get highestSeen(): number {
    return this.#highestSeen;
  }

  /** Whether the reader has been given the run's end. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Takes a live frame. */
  offer(frame: Frame): void {
    this.#offered = true;
    this.#highestSeen = Math.max(this.#highestSeen, frame.seq);
    if (this.#behind || frame.seq <= this.#tail) return;
    if (frame.seq > this.#tail + 1) this.#behind = true;
    else if (this.#kept.keep(this.#wake ? frame : toOwnMemory(frame))) this.#tail = frame.seq;
    else this.#loseKept();
    this.#tellReader();
  }

  /** For its one reader: resolves as soon as there are kept frames, or it fell behind, was stopped or failed. */
  news(): Promise<void> | undefined {
    if (!this.#kept.isEmpty || this.#behind || this.#isStopped || this.#failure) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The kept frames, if there are any. Throws after `fail`. */
  take(): readonly Frame[] {
    if (this.#failure) throw this.#failure;
    this.#seq = this.#tail;
    return this.#kept.take();
  }

  /** Records a page of the log that is handed to the reader. */
  caughtUp(frames: readonly Frame[], more: boolean): void {
    this.#seq = frames.at(-1)?.seq ?? this.#seq;
    this.#tail = this.#seq;
    this.#behind = more;
  }

  fallBehind(): void {
    this.#behind = true;
    this.#tellReader();
  }

  /** Whether the reader waits and nothing came since the last call. */
  wasSilent(): boolean {
    const silent = this.#wake !== undefined && !this.#offered;
    this.#offered = false;
    return silent;
  }

  end(): void {
    this.#hasEnded = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#tellReader();
  }

  fail(failure: Error): void {
    this.#failure = failure;
    this.#tellReader();
  }

  #loseKept(): void {
    this.#tail = this.#seq;
    this.#behind = true;
  }

  #tellReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** V8 keeps the whole message, with the frames of other runs, for as long as a part that was cut from it. */
function toOwnMemory({ seq, payload }: Frame): Frame {
  return { seq, payload: Buffer.from(payload).toString() };
}
