import { CaluteError } from '@calute/core/errors';
import type { Logger } from '@calute/core/logging/logger';
import type { ErrorRequestHandler } from 'express';
import { sendError } from '../answers/send-error.ts';

/** Ends an answer that failed, by an envelope; an error that is not a CaluteError is a bug and is logged, once. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  // Express takes it for an error handler by its four parameters.
  return (error, _request, response, _next) => {
    sendError(
      response,
      toKnown(error, () => logUnknown(logger, error, response.getHeader('x-request-id'))),
    );
    if (!response.writableEnded) response.destroy();
  };
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

/** Logs the stack of `error`, which no handler expected, under the id that the client was given. */
export function logUnknown(logger: Logger, error: unknown, requestId: unknown): void {
  logger.error({ err: error, requestId }, 'request.failed');
}
