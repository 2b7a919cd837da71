import { CaluteError, type ErrorCode } from '../../errors.ts';
import { UpstreamStatus } from '../upstream/upstream-status.ts';
import type { CallResult } from './circuit.ts';

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

/** Whether the same call may go well in a moment. */
export function isRetryable(error: unknown): error is CaluteError {
  if (!CaluteError.is(error) || !retryable.has(error.code)) return false;
  const status = readStatus(error);
  return error.code !== 'upstream_error' || status === undefined || status >= 500;
}

/** What a failure before the first event says of the upstream: one that answers 4xx works. */
export function judgeFailure(error: unknown): CallResult {
  if (!CaluteError.is(error)) return 'unknown';
  const status = readStatus(error);
  if (status !== undefined) return status >= 500 ? 'failed' : 'answered';
  return outage.has(error.code) ? 'failed' : 'unknown';
}

function readStatus({ cause }: CaluteError): number | undefined {
  return cause instanceof UpstreamStatus ? cause.status : undefined;
}
