import type { ServerResponse } from 'node:http';
import { CaluteError } from '@calute/core/errors';
import type { Logger } from '@calute/core/logging/logger';
import { sendError } from './send-error.ts';

export interface Failing {
  readonly response: ServerResponse;
  readonly logger: Logger;
}

/** Ends an answer that failed, by an envelope; an error that is not a CaluteError is a bug and is logged, once. */
export function failWith(error: unknown, { response, logger }: Failing): void {
  sendError(
    response,
    toKnown(error, () => logUnknown(logger, error, response.getHeader('x-request-id'))),
  );
  if (!response.writableEnded) response.destroy();
}

/** What a client may know of `error`; `onUnknown` is called when that hides something. */
function toKnown(error: unknown, onUnknown: () => void): CaluteError {
  if (CaluteError.is(error)) return error;
  if (error instanceof URIError) {
    return new CaluteError('invalid_request', 'The URL holds a malformed percent-encoding.');
  }
  onUnknown();
  return new CaluteError('internal_error', 'Internal server error.');
}

/** For `error` that no handler expected: the stack goes to the log, under the id that the client was given. */
export function logUnknown(logger: Logger, error: unknown, requestId: unknown): void {
  logger.error({ err: error, requestId }, 'request.failed');
}
