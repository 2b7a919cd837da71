import { CaluteError, type ErrorCode } from '../../errors.ts';
import { refineStatus } from './fault-status.ts';
import { isContextFault } from './is-context-fault.ts';
import { readLimitScope } from './rate-limit/limit-scope.ts';
import type { ResponseHeaders } from './rate-limit/rate-limit-reset.ts';
import { readRetryAfterMs } from './rate-limit/retry-after.ts';
import { redact, type Upstream } from './upstream.ts';
import type { UpstreamFault } from './upstream-error-body.ts';
import { UpstreamStatus } from './upstream-status.ts';

/** A failure that the upstream gave an HTTP status, as its answer or within its stream. */
export interface StatusFault {
  readonly status: number;
  readonly fault: UpstreamFault;
  /** Of the response; what they ask for goes before what the fault itself does. */
  readonly headers?: ResponseHeaders;
  /** Whether it came within an answer whose own status was a good one. */
  readonly isInBand?: boolean;
}

/** The longest `Retry-After` that is passed on: a limit of a month. More is nonsense, and may be more than a number can hold. */
const longestRetryMs = 31 * 24 * 3_600_000;

/** What an HTTP status of the upstream means to our client. */
export function toStatusError(
  { status: answered, fault, headers = {}, isInBand = false }: StatusFault,
  upstream: Upstream,
): CaluteError {
  const status = refineStatus(answered, fault);
  const code = toErrorCode(status, fault);
  const how = isInBand ? 'failed' : `answered ${answered}`;
  return new CaluteError(code, describe({ code, status, how }, fault, upstream), {
    param: code === 'invalid_request' ? fault.param : undefined,
    retryAfterMs: isTemporary(code) ? bound(readRetryAfterMs(headers) ?? fault.retryAfterMs) : undefined,
    // Not the package's error: it holds the whole request with the client's prompts, which must not reach a log.
    cause: new UpstreamStatus(status, redact(fault.message ?? `status ${status}`, upstream), {
      scope: readLimitScope(headers, fault),
      answered,
    }),
  });
}

function toErrorCode(status: number, fault: UpstreamFault): ErrorCode {
  if (fault.isKeyRefused) return 'upstream_unauthorized';
  switch (status) {
    case 400:
    case 422:
      return isContextFault(fault) ? 'context_length_exceeded' : 'invalid_request';
    case 401:
    case 403:
      return 'upstream_unauthorized';
    case 402:
      return 'insufficient_quota';
    case 408:
    case 504:
    // Cloudflare's, for a server behind it that does not answer.
    case 524:
      return 'upstream_timeout';
    case 413:
      return 'request_too_large';
    case 429:
      return fault.code === 'insufficient_quota' ? 'insufficient_quota' : 'rate_limit_exceeded';
    // Groq's, for want of capacity.
    case 498:
    case 503:
    case 529:
      return 'server_is_overloaded';
    default:
      return 'upstream_error';
  }
}

interface Failure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly how: string;
}

function describe({ code, status, how }: Failure, fault: UpstreamFault, upstream: Upstream): string {
  const { host } = upstream;
  // The upstream's own text may quote a part of the key here.
  if (code === 'upstream_unauthorized') {
    return `The model provider at ${host} refused the API key (${status}). The operator has to set a valid key for it.`;
  }
  if (status >= 300 && status < 400) {
    return `The model provider at ${host} ${how}, a redirect, which is not followed. Is its base URL right?`;
  }
  const message = fault.message === undefined ? undefined : redact(fault.message, upstream);
  if (code === 'invalid_request' && message !== undefined) return message;
  return `The model provider at ${host} ${how}${message === undefined ? '.' : `: ${message}`}`;
}

function bound(retryAfterMs: number | undefined): number | undefined {
  return retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, longestRetryMs);
}

function isTemporary(code: ErrorCode): boolean {
  return code === 'rate_limit_exceeded' || code === 'server_is_overloaded';
}
