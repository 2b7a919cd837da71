import { CaluteError } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { RunHeader, RunReader } from '@calute/core/run-store/run-log';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import { createTimeline, type Timeline } from './timeline.ts';

/** A run's log, read on from where the last look ended. */
export interface TimelineReader {
  readonly timeline: Timeline;
  /** Set by the first look. */
  readonly header: RunHeader | undefined;
  /** Throws CaluteError `run_not_found`, `store_unavailable`. */
  read(): Promise<void>;
}

const pageFrames = 256;
/** Bounds one look; what is left comes with the next. */
const pagesAtOnce = 20;

/** Looks without listening: whoever watches a run in the console does not keep it alive as a client does. */
export function createTimelineReader(log: Pick<RunReader, 'read'>, runId: RunId): TimelineReader {
  const timeline = createTimeline();
  let header: RunHeader | undefined;
  let seq = 0;
  return {
    timeline,
    get header() {
      return header;
    },
    async read() {
      for (let page = 0; page < pagesAtOnce; page += 1) {
        const withHeader = header === undefined;
        const found = await log.read(runId, { afterSeq: seq, limit: pageFrames, withHeader });
        if (found.outcome === 'unknown') {
          throw new CaluteError('run_not_found', `No run ${runId} is known; it may have expired.`);
        }
        header ??= found.header;
        for (const frame of found.frames) {
          for (const event of decodeEvents(frame.payload)) timeline.add(event);
          seq = frame.seq;
        }
        if (!found.more) return;
      }
    },
  };
}
