import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../../errors.ts';
import type { AppendFrame, AppendOutcome, RunLog } from '../run-log.ts';
import { type OpenRun, RunWriter } from './run-writer.ts';

export interface FrameWriterParts {
  readonly log: Pick<RunLog, 'append'>;
  /** Called for each append that failed. */
  readonly onStoreError: (error: unknown) => void;
  /** @defaultValue never waits */
  readonly gather?: GatherFrames;
}

/** When many runs speak at once, their frames cost less together. */
export interface GatherFrames {
  /** From one append to the next, at least, while the process is busy. */
  readonly ms: number;
  /** Whether the process has more to do than it has time for; asked before each append. */
  isBusy(): boolean;
}

/**
 * Writes the events of all runs that a worker holds. What they say within one turn of the event loop goes out as one
 * frame a run and one append for all; while an append is under way the next one gathers, and while the process is busy it gathers
 * for a little longer. A frame whose append failed is
 * sent again, under its sequence, until it is stored or its run is given up.
 */
export interface FrameWriter {
  open(run: OpenRun): RunWriter;
}

/** Bounds the script's time: what is left over goes with the next append. */
const maxFramesPerAppend = 128;
const maxRetryMs = 1000;

export function createFrameWriter({ log, onStoreError, gather }: FrameWriterParts): FrameWriter {
  // Not a Set: a table that it has outgrown refers to the next one, and keeps later runs until a full collection.
  const dirty: RunWriter[] = [];
  let flushing = false;
  let appendedAt = Number.NEGATIVE_INFINITY;

  const schedule = (writer: RunWriter) => {
    dirty.push(writer);
    if (flushing) return;
    flushing = true;
    setImmediate(() => void flushAll());
  };
  const gatherMore = async () => {
    const restMs = gather?.isBusy() ? appendedAt + gather.ms - performance.now() : 0;
    if (restMs > 0) await delay(restMs);
  };
  const flushAll = async () => {
    while (dirty.length > 0) {
      // What fills an append waits for nothing more.
      if (dirty.length < maxFramesPerAppend) await gatherMore();
      appendedAt = performance.now();
      await store(takeFrames(dirty), { log, onStoreError });
    }
    flushing = false;
  };
  return { open: (run) => new RunWriter(run, schedule) };
}

interface Batch {
  readonly writer: RunWriter;
  readonly frame: AppendFrame;
}

function takeFrames(dirty: RunWriter[]): Batch[] {
  const batch: Batch[] = [];
  for (const writer of dirty.splice(0, maxFramesPerAppend)) {
    const frame = writer.takeFrame();
    if (frame) batch.push({ writer, frame });
  }
  return batch;
}

async function store(batch: readonly Batch[], parts: FrameWriterParts): Promise<void> {
  let open = batch;
  for (let retryMs = 50; open.length > 0; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
    const outcomes = await tryAppend(open, parts);
    if (outcomes) {
      open.forEach(({ writer }, index) => {
        writer.settle(outcomes[index] ?? 'unknown');
      });
      return;
    }
    await delay(retryMs);
    open = open.filter(({ writer }) => !writer.isGivenUp);
  }
}

async function tryAppend(
  batch: readonly Batch[],
  { log, onStoreError }: FrameWriterParts,
): Promise<AppendOutcome[] | undefined> {
  try {
    return await log.append(batch.map(({ frame }) => frame));
  } catch (error) {
    onStoreError(error);
    if (CaluteError.is(error) && error.code === 'store_unavailable') return undefined;
    // A bug must not stop the other runs of this worker for ever: those of this batch are given up.
    return batch.map(() => 'unknown');
  }
}
