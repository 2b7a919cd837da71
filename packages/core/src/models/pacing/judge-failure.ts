import { CaluteError, type ErrorCode } from '../../errors.ts';
import { UpstreamStatus } from '../upstream/upstream-status.ts';
import type { Outcome } from './model-lane.ts';

/** What a failure before the first event says. */
export interface Failure {
  readonly outcome: Outcome;
  /** Whether the same call may go well in a moment. */
  readonly isRetryable: boolean;
}

const retryable: ReadonlySet<ErrorCode> = new Set([
  'rate_limit_exceeded',
  'server_is_overloaded',
  'upstream_cut',
  'upstream_error',
  'upstream_timeout',
  'upstream_unreachable',
]);
/** What says, without an HTTP status, that the upstream is not well; an in-band `upstream_error` may be the request's fault. */
const outage: ReadonlySet<ErrorCode> = new Set([
  'server_is_overloaded',
  'upstream_cut',
  'upstream_timeout',
  'upstream_unreachable',
]);

/** Judges the model and its provider by a failure: one that answers 4xx works. */
export function judgeFailure(error: unknown): Failure {
  if (!CaluteError.is(error)) return { outcome: nothingSaid, isRetryable: false };
  const { code, cause, retryAfterMs = 0 } = error;
  const answer = cause instanceof UpstreamStatus ? cause : undefined;
  const status = answer?.status;
  const slowDown = code === 'rate_limit_exceeded' || code === 'server_is_overloaded';
  const outcome: Outcome = {
    // A server error may call itself a limit, which is no proof that the server is well.
    result: slowDown && (answer?.answered ?? 0) >= 500 ? 'failed' : readResult(code, status),
    slowDown,
    pauseMs: slowDown ? retryAfterMs : 0,
    scope: readScope(code, cause),
  };
  const isRetryable =
    retryable.has(code) && (code !== 'upstream_error' || status === undefined || status >= 500);
  return { outcome, isRetryable };
}

/** For a call that ended before its upstream had said anything. */
const nothingSaid: Outcome = { result: 'unknown', slowDown: false, pauseMs: 0, scope: 'model' };

function readResult(code: ErrorCode, status: number | undefined): Outcome['result'] {
  if (status !== undefined) return status >= 500 ? 'failed' : 'answered';
  return outage.has(code) ? 'failed' : 'unknown';
}

/** Who cannot be reached is the server, whatever the model. */
function readScope(code: ErrorCode, cause: unknown): Outcome['scope'] {
  if (code === 'upstream_unreachable') return 'provider';
  return cause instanceof UpstreamStatus ? cause.scope : 'model';
}
