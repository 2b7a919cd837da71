import { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { RunReader } from '../run-store/run-log.ts';
import { decodeEvents } from '../runs/frame-payload.ts';
import type { RunEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';

/** Frames of one look into the log. */
const pageFrames = 512;

/** All events of a run so far. */
export async function readEvents(log: Pick<RunReader, 'read'>, runId: RunId): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (let afterSeq = 0; ; ) {
    const page = await log.read(runId, { afterSeq, limit: pageFrames });
    if (page.outcome === 'unknown') throw lostRun(runId);
    for (const { payload } of page.frames) events.push(...decodeEvents(payload));
    afterSeq = page.frames.at(-1)?.seq ?? afterSeq;
    if (!page.more || page.frames.length === 0) return events;
  }
}

/** How a run of this last sequence ended; undefined for one that goes on, or that has just expired. */
export async function readEnd(
  log: Pick<RunReader, 'read'>,
  { runId, lastSeq }: { readonly runId: RunId; readonly lastSeq: number },
): Promise<RunEnd | undefined> {
  const page = await log.read(runId, { afterSeq: Math.max(0, lastSeq - 1), limit: 1 });
  const payload = page.outcome === 'found' ? page.frames.at(-1)?.payload : undefined;
  const last = payload === undefined ? undefined : decodeEvents(payload).at(-1);
  return last?.type === 'run-end' ? last.end : undefined;
}

function lostRun(runId: RunId): CaluteError {
  return new CaluteError('run_not_found', `No run ${runId} is known; it may have expired.`);
}
