/** OpenAI's error types: SDK users branch on them. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'rate_limit_error'
  | 'insufficient_quota'
  | 'server_error'
  | 'timeout_error';

interface ErrorRule {
  readonly status: number;
  readonly type: ErrorType;
  /** Whether the same request may succeed when sent again; becomes `x-should-retry`. */
  readonly retryable: boolean;
}

/** Every code that a client can meet, with its HTTP status, OpenAI type and whether a retry makes sense. */
export const errorCodes = {
  invalid_request: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_json: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_encoding: { status: 400, type: 'invalid_request_error', retryable: false },
  nesting_too_deep: { status: 400, type: 'invalid_request_error', retryable: false },
  unsupported_parameter: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_header: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_multipart: { status: 400, type: 'invalid_request_error', retryable: false },
  upload_not_pending: { status: 400, type: 'invalid_request_error', retryable: false },
  checksum_mismatch: { status: 400, type: 'invalid_request_error', retryable: false },
  context_length_exceeded: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_api_key: { status: 401, type: 'authentication_error', retryable: false },
  permission_denied: { status: 403, type: 'permission_error', retryable: false },
  origin_not_allowed: { status: 403, type: 'permission_error', retryable: false },
  not_found: { status: 404, type: 'not_found_error', retryable: false },
  model_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  response_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  conversation_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  item_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  run_not_found: { status: 404, type: 'not_found_error', retryable: false },
  // OpenAI's own type for these two.
  file_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  upload_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  conversation_locked: { status: 409, type: 'conflict_error', retryable: true },
  batch_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request_error', retryable: false },
  batch_has_ended: { status: 409, type: 'conflict_error', retryable: false },
  batch_in_progress: { status: 409, type: 'conflict_error', retryable: false },
  cursor_gone: { status: 410, type: 'invalid_request_error', retryable: false },
  range_not_satisfiable: { status: 416, type: 'invalid_request_error', retryable: false },
  request_too_large: { status: 413, type: 'invalid_request_error', retryable: false },
  unsupported_media_type: { status: 415, type: 'invalid_request_error', retryable: false },
  idempotency_key_reused: { status: 422, type: 'invalid_request_error', retryable: false },
  // Not a 5xx: some SDKs repeat those whatever the headers say, and the next run would use up as much.
  run_limit_exceeded: { status: 422, type: 'invalid_request_error', retryable: false },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', retryable: true },
  insufficient_quota: { status: 429, type: 'insufficient_quota', retryable: false },
  slow_down: { status: 429, type: 'rate_limit_error', retryable: true },
  run_cancelled: { status: 499, type: 'invalid_request_error', retryable: false },
  internal_error: { status: 500, type: 'server_error', retryable: true },
  upstream_error: { status: 502, type: 'server_error', retryable: true },
  upstream_unauthorized: { status: 502, type: 'server_error', retryable: false },
  upstream_unreachable: { status: 502, type: 'server_error', retryable: true },
  upstream_cut: { status: 502, type: 'server_error', retryable: true },
  upstream_bad_chunk: { status: 502, type: 'server_error', retryable: true },
  invalid_structured_output: { status: 502, type: 'server_error', retryable: false },
  output_too_large: { status: 502, type: 'server_error', retryable: false },
  agent_failed: { status: 500, type: 'server_error', retryable: false },
  provider_not_configured: { status: 500, type: 'server_error', retryable: false },
  worker_lost: { status: 500, type: 'server_error', retryable: true },
  tool_outcome_unknown: { status: 500, type: 'server_error', retryable: false },
  file_lost: { status: 500, type: 'server_error', retryable: false },
  store_lost: { status: 503, type: 'server_error', retryable: true },
  store_unavailable: { status: 503, type: 'server_error', retryable: true },
  file_store_unavailable: { status: 503, type: 'server_error', retryable: true },
  server_is_overloaded: { status: 503, type: 'server_error', retryable: true },
  server_draining: { status: 503, type: 'server_error', retryable: true },
  agent_unavailable: { status: 503, type: 'server_error', retryable: true },
  tool_server_unavailable: { status: 503, type: 'server_error', retryable: true },
  slow_reader: { status: 503, type: 'server_error', retryable: true },
  upstream_timeout: { status: 504, type: 'timeout_error', retryable: true },
  deadline_exceeded: { status: 504, type: 'timeout_error', retryable: false },
  storage_full: { status: 507, type: 'server_error', retryable: false },
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** The request field at fault, in OpenAI's dotted form: `messages.0.role`. */
  readonly param?: string | undefined;
  /** When a retry makes sense, in ms; sent as `retry-after-ms` and `retry-after`. */
  readonly retryAfterMs?: number | undefined;
  /** False where a retry makes no sense although its code says so. */
  readonly retryable?: false | undefined;
  readonly cause?: unknown;
}

const marker = Symbol.for('calute.error');

/** An operational failure: its code gives the status; its message is shown to the client as it is. */
export class CaluteError extends Error {
  override readonly name = 'CaluteError';
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.param = details.param;
    this.retryAfterMs = details.retryAfterMs;
    this.retryable = details.retryable ?? errorCodes[code].retryable;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get type(): ErrorType {
    return errorCodes[this.code].type;
  }

  /** Tells a CaluteError apart by its marker, so that two copies of this module still know each other's. */
  static is(error: unknown): error is CaluteError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** OpenAI's error envelope: all four keys always present. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: ErrorType;
    readonly param: string | null;
    readonly code: ErrorCode;
  };
}

/** The envelope of a failure; for anything that is not a CaluteError the text is hidden, because it is a bug. */
export function toErrorBody(error: unknown): ErrorBody {
  const known = CaluteError.is(error) ? error : new CaluteError('internal_error', 'Internal server error.');
  return {
    error: { message: known.message, type: known.type, param: known.param ?? null, code: known.code },
  };
}
