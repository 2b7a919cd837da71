import type { RunClass } from '@calute/core/run-store/backlog/place';
import type { RunEnd } from '@calute/core/runs/run-end';
import type { Claim } from './claim.ts';

const tiers: Readonly<Record<RunClass, string>> = {
  priority: 'priority',
  live: 'default',
  flex: 'flex',
  batch: 'batch',
};

/** What the end of a run says beside what its agent has told. */
export function completeEnd(end: RunEnd, claim: Claim): RunEnd {
  return withTime(withTier(end, claim), claim);
}

/** Tells who has asked for a tier in which it was served, unless the provider has told. */
function withTier(end: RunEnd, { request, runClass }: Claim): RunEnd {
  const isAsked = request.chat.service_tier !== undefined;
  if (end.reason !== 'completed' || end.serviceTier !== undefined || !isAsked) return end;
  return { ...end, serviceTier: tiers[runClass] };
}

/** Only Responses say when they were done. */
function withTime(end: RunEnd, { request }: Claim): RunEnd {
  return end.reason === 'completed' && request.response !== undefined
    ? { ...end, endedAtMs: Date.now() }
    : end;
}
