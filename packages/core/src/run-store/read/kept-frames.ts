import type { Frame } from '../run-log.ts';

/** The live frames that wait for a reader, within a bound. A class, because each open stream has one. */
export class KeptFrames {
  readonly #maxBytes: number;
  #frames: Frame[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** False when the bound is passed: nothing is kept any more then. */
  keep(frame: Frame): boolean {
    this.#frames.push(frame);
    this.#bytes += frame.payload.length;
    if (this.#bytes <= this.#maxBytes) return true;
    this.take();
    return false;
  }

  /** All of them, oldest first. */
  take(): readonly Frame[] {
    const taken = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return taken;
  }
}
