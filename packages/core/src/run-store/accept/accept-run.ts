import { z } from 'zod';
import { CaluteError } from '../../errors.ts';
import { runIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import type { RunScript } from '../../redis/load-script.ts';
import type { AcceptOutcome, NewRun, RateLimitState } from '../run-log.ts';
import { hashKey } from './hash-key.ts';

/** Accepts a run. A store that gets to it too late accepts nothing, and `store_unavailable` is thrown then. */
export type AcceptRun = (run: NewRun) => Promise<AcceptOutcome>;

export interface AcceptRunParts {
  readonly script: RunScript;
  readonly keys: Keys;
  /** How long a run that was offered may be without a worker before its job is added again. */
  readonly offerMs: number;
  /** How long whoever asks waits for the answer. */
  readonly patienceMs: number;
  /** Of any clock that never goes back, in ms. */
  readonly now: () => number;
}

export function createAcceptRun({ script, keys, offerMs, patienceMs, now }: AcceptRunParts): AcceptRun {
  // Redis's clock less ours, by its last answer; unknown before the first one.
  let aheadMs: number | undefined;
  return async (run) => {
    const { acceptBefore } = run;
    const giveUpAt = Math.min(now() + patienceMs, acceptBefore ?? Number.POSITIVE_INFINITY);
    // With a last moment of its own, the first answer only tells the time.
    const untold = acceptBefore === undefined ? 0 : 1;
    for (;;) {
      const notAfter = aheadMs === undefined ? untold : Math.floor(giveUpAt + aheadMs);
      const reply = replySchema.parse(
        await script(acceptKeys(keys, run), [...acceptArgs(run), ...listArgs(keys, run), offerMs, notAfter]),
      );
      aheadMs = reply[5] - now();
      const answer = toOutcome(reply, run);
      if (answer.outcome !== 'late') return answer;
      // Otherwise only its clock was not where it was believed to be.
      if (now() >= giveUpAt)
        throw new CaluteError('store_unavailable', 'The store answered too late; try again.');
    }
  };
}

function acceptKeys(keys: Keys, { id, tenant, idempotency, keep }: NewRun): string[] {
  const key = idempotency === undefined ? keys.run(id) : keys.idempotency(tenant, hashKey(idempotency.key));
  const shared = [keys.live, keys.leases, keys.backlog];
  const ofTenant = [keys.tenantLive(tenant), keys.tenantWindow(tenant), key];
  return [
    keys.run(id),
    ...shared,
    ...ofTenant,
    keys.listedRuns,
    keys.tenantKept(tenant, keep?.as ?? 'response'),
  ];
}

function acceptArgs(run: NewRun): (string | number)[] {
  const { id, tenant, request, deadlineMs, channel, idempotency, provisional } = run;
  const { maxLive, concurrency = 0, requestsPerMinute = 0, tokensPerMinute = 0 } = run.limits;
  const { runClass, weight, cost, flow } = run.place;
  const bodyHash = idempotency?.bodyHash ?? '';
  const limits = [maxLive, concurrency, requestsPerMinute, tokensPerMinute];
  const flag = provisional ? '1' : '';
  const start = [id, tenant, JSON.stringify(request), deadlineMs, channel, bodyHash];
  return [...start, ...limits, flag, runClass, weight, cost, flow];
}

/** Of all tenants, to be found by operators. */
const mostListed = 100_000;
/** When a run is not kept this is not looked at. */
const mostKept = 0;

function listArgs({ runs, logs }: Keys, { request, keep }: NewRun): (string | number)[] {
  const trimmed = keep?.request === undefined ? '' : JSON.stringify(keep.request);
  const metadata = keep === undefined ? undefined : request.chat.metadata;
  const kept = [keep?.retentionMs ?? '', trimmed, metadata ? JSON.stringify(metadata) : ''];
  return [request.chat.model, mostListed, ...kept, keep?.atMost ?? mostKept, runs, logs];
}

const replySchema = z.tuple([
  z.enum(['accepted', 'duplicate', 'key-reused', 'limited', 'full', 'slow', 'late']),
  z.string(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.literal([0, 1]),
  z.number(),
  z.number(),
]);

function toOutcome(
  [outcome, detail, requests, tokens, resetMs, , offered, ahead, wait]: z.infer<typeof replySchema>,
  { limits, deadlineMs }: NewRun,
): AcceptOutcome | { readonly outcome: 'late' } {
  const rate = toRate(limits, { requests, tokens, resetMs });
  const waitMs = wait < 0 ? undefined : wait;
  switch (outcome) {
    case 'accepted': {
      const queue = offered === 1 ? undefined : { position: ahead, waitMs };
      return { outcome, createdMs: Number(detail), rate, queue };
    }
    case 'duplicate':
      return { outcome, runId: runIdSchema.parse(detail), rate };
    case 'limited': {
      const by = z.enum(['requests', 'tokens', 'concurrency']).parse(detail);
      return { outcome, by, retryAfterMs: by === 'concurrency' ? 1000 : resetMs, rate };
    }
    case 'full':
      return { outcome, retryAfterMs: Math.max(1000, wait) };
    case 'slow':
      return { outcome, waitMs: wait, retryAfterMs: Math.max(1000, wait - deadlineMs) };
    case 'key-reused':
    case 'late':
      return { outcome };
  }
}

function toRate(
  { requestsPerMinute, tokensPerMinute }: NewRun['limits'],
  { requests, tokens, resetMs }: { requests: number; tokens: number; resetMs: number },
): RateLimitState {
  return {
    resetMs,
    ...(requestsPerMinute === undefined
      ? {}
      : { requests: { limit: requestsPerMinute, remaining: requests } }),
    ...(tokensPerMinute === undefined ? {} : { tokens: { limit: tokensPerMinute, remaining: tokens } }),
  };
}
