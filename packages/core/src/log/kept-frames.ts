import type { Frame } from './run-log.ts';

/** The live frames that wait for a reader, within a bound. */
export interface KeptFrames {
  readonly isEmpty: boolean;
  /** False when the bound is passed: nothing is kept any more then. */
  keep(frame: Frame): boolean;
  /** All of them, oldest first. */
  take(): readonly Frame[];
}

export function createKeptFrames(maxBytes: number): KeptFrames {
  let frames: Frame[] = [];
  let bytes = 0;
  const take = () => {
    const taken = frames;
    frames = [];
    bytes = 0;
    return taken;
  };
  return {
    get isEmpty() {
      return frames.length === 0;
    },
    keep(frame) {
      frames.push(frame);
      bytes += frame.payload.length;
      if (bytes <= maxBytes) return true;
      take();
      return false;
    },
    take,
  };
}
