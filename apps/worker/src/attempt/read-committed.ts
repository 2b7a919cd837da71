import type { RunId } from '@calute/core/ids';
import type { RunReader } from '@calute/core/run-store/run-log';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import { type RunHistory, readHistory } from '@calute/core/runs/run-history';
import type { Claim } from './claim.ts';

/** Where each choice of a new attempt may go on; `half-shown` when the client has seen something that no step covers. */
export type Committed =
  | { readonly outcome: 'resumable'; readonly choices: readonly RunHistory[] }
  | { readonly outcome: 'half-shown' };

const pageFrames = 256;

/** What a first attempt finds, or one whose predecessors have stored nothing. */
export const nothingCommitted: Committed = { outcome: 'resumable', choices: [] };

/** Reads what earlier attempts have left in the log. */
export async function readCommitted(log: RunReader, runId: RunId, claim: Claim): Promise<Committed> {
  const events = await Array.fromAsync(readEvents(log, runId));
  const { n = 1 } = claim.request.chat;
  const choices = Array.from({ length: n }, (_, choice) => readHistory(events, choice));
  const isHalfShown = claim.visible && choices.some(({ hasLooseEnd }) => hasLooseEnd);
  return isHalfShown ? { outcome: 'half-shown' } : { outcome: 'resumable', choices };
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
