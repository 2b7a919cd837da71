import type { RunId } from '@calute/core/ids';
import type { ClaimOutcome, RunReader } from '@calute/core/log/run-log';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import { type CommittedStep, readHistory } from '@calute/core/runs/run-history';

/** Where a new attempt may go on; `half-shown` when its client has seen something that no step covers. */
export type Committed =
  | { readonly outcome: 'resumable'; readonly steps: readonly CommittedStep[] }
  | { readonly outcome: 'half-shown' };

const pageFrames = 256;

/** Reads what earlier attempts have left in the log; a first attempt reads nothing. */
export async function readCommitted(
  log: RunReader,
  runId: RunId,
  claim: Extract<ClaimOutcome, { outcome: 'claimed' }>,
): Promise<Committed> {
  if (claim.seq === 0) return { outcome: 'resumable', steps: [] };
  const { steps, hasLooseEnd } = readHistory(await Array.fromAsync(readEvents(log, runId)));
  return claim.visible && hasLooseEnd ? { outcome: 'half-shown' } : { outcome: 'resumable', steps };
}

async function* readEvents(log: RunReader, runId: RunId): AsyncGenerator<RunEvent> {
  for (let afterSeq = 0, more = true; more; ) {
    const page = await log.read(runId, { afterSeq, limit: pageFrames });
    if (page.outcome === 'unknown') return;
    for (const { payload } of page.frames) yield* decodeEvents(payload);
    afterSeq += page.frames.length;
    more = page.more;
  }
}
