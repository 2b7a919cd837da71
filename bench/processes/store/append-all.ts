import type { AppendFrame } from '@calute/core/run-store/run-log';
import type { Store } from './open-store.ts';

/** One append after the other, as a worker sends them. Throws unless all are stored and have a subscriber. */
export async function appendAll(
  { log }: Pick<Store, 'log'>,
  frames: readonly AppendFrame[],
  framesPerAppend: number,
): Promise<void> {
  for (let from = 0; from < frames.length; from += framesPerAppend) {
    const outcomes = await log.append(frames.slice(from, from + framesPerAppend));
    const other = outcomes.find((outcome) => outcome !== 'stored');
    if (other !== undefined) throw new Error(`A frame is ${other}.`);
  }
}
