import type { Identity } from '../../api-keys/authenticate.ts';
import { placeOf, withAllowedTier } from '../../completions/place-of.ts';
import type { RunId } from '../../ids.ts';
import type { Follower } from '../../run-store/read/follower.ts';
import type { NewRun } from '../../run-store/run-log.ts';
import { versionOf } from '../../runs/run-request.ts';
import type { BatchRecord } from '../batch.ts';
import type { LineRequest } from '../batch-endpoint.ts';

export interface NewLineRunParts {
  readonly follower: Pick<Follower, 'channelOf'>;
  readonly maxLiveRuns: number;
  /** How long one attempt at a line may take once a worker has begun it: one that hangs is not to keep its slot. */
  readonly attemptTimeoutMs: number;
  readonly now: () => number;
}

/** Of one attempt: shorter than the longest time that a timer of a worker can wait. */
const longestAttemptMs = 7 * 86_400_000;

/** The run of a line that was admitted. */
export function toNewRun(
  { follower, maxLiveRuns, attemptTimeoutMs, now }: NewLineRunParts,
  { tenant, weight, group, expiresAt }: BatchRecord,
  { runId, asked }: { readonly runId: RunId; readonly asked: LineRequest },
): NewRun {
  const unlimited = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined };
  const scopes: Identity['scopes'] = [];
  const place = placeOf(asked, { tenant, scopes, weight, group, ...unlimited });
  return {
    id: runId,
    tenant,
    request: {
      version: versionOf(asked),
      ...withAllowedTier(asked, scopes),
      showEvents: false,
      onDisconnect: 'continue',
      attemptTimeoutMs,
    },
    deadlineMs: Math.min(longestAttemptMs, Math.max(1, expiresAt * 1000 - now())),
    channel: follower.channelOf(runId),
    limits: { maxLive: maxLiveRuns },
    place: { ...place, runClass: 'batch' },
    provisional: false,
  };
}
