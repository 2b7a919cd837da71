import type { RunId } from '@calute/core/ids';
import type { RunFact } from '@calute/core/run-store/journal/run-fact';
import type { RunEnd } from '@calute/core/runs/run-end';
import type { Claim } from './claim.ts';

/** The times of one attempt, in ms since it began. */
export interface AttemptClock {
  /** Something is shown; the first time counts. */
  shown(): void;
  readonly firstMs: number | undefined;
  readonly sinceMs: number;
}

export function createAttemptClock(now: () => number = performance.now.bind(performance)): AttemptClock {
  const startedAt = now();
  let firstMs: number | undefined;
  return {
    shown() {
      firstMs ??= now() - startedAt;
    },
    get firstMs() {
      return firstMs;
    },
    get sinceMs() {
      return now() - startedAt;
    },
  };
}

interface EndedAttempt {
  readonly end: RunEnd;
  readonly clock: AttemptClock;
  readonly workerId: string;
}

/** What the journal is told of a run that this attempt has ended. */
export function toEndedFact(
  { runId, claim }: { readonly runId: RunId; readonly claim: Claim },
  { end, clock, workerId }: EndedAttempt,
): RunFact {
  const { tenant, waitedMs, runClass, request } = claim;
  const { firstMs, sinceMs } = clock;
  const { promptTokens = 0, completionTokens = 0, costUsd } = end.usage ?? {};
  const createdMs = Date.now() - Math.round(waitedMs + sinceMs);
  return {
    kind: 'ended',
    id: runId,
    reason: end.reason,
    ...detailOf(end),
    origin: { tenant, agent: request.chat.model, runClass, createdMs },
    work: {
      worker: workerId,
      attempt: claim.attempt,
      waitedMs,
      ...(firstMs === undefined ? {} : { firstMs: Math.round(waitedMs + firstMs) }),
      totalMs: Math.round(waitedMs + sinceMs),
      promptTokens,
      completionTokens,
      ...(costUsd === undefined ? {} : { costUsd }),
    },
  };
}

function detailOf(end: RunEnd): { detail?: string } {
  if (end.reason === 'completed') return {};
  return { detail: end.reason === 'failed' ? end.code : end.by };
}
