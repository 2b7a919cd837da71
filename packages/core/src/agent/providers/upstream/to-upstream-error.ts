import {
  APICallError,
  InvalidResponseDataError,
  JSONParseError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { CaluteError } from '../../../errors.ts';
import { toStatusError } from './status-error.ts';
import { redact, type Upstream } from './upstream.ts';
import { readInBandFault } from './upstream-error-body.ts';

/**
 * What a provider package threw, or sent as an `error` part, as a CaluteError of the `upstream_*` codes (or
 * `invalid_request` and the like where the upstream blames the request). What is not known here comes back as it is: a bug.
 */
export function toUpstreamError(error: unknown, upstream: Upstream): unknown {
  const known = findCaluteError(error);
  if (known !== undefined) return known;
  if (APICallError.isInstance(error) && error.statusCode !== undefined) return toStatusError(error, upstream);
  if (TypeValidationError.isInstance(error)) return toBadChunk(error.value, upstream);
  if (JSONParseError.isInstance(error)) return toBadChunk(undefined, upstream);
  if (InvalidResponseDataError.isInstance(error)) return toCut(error, upstream);
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return new CaluteError('unsupported_parameter', `The model cannot take ${error.functionality}.`, {
      param: 'messages',
      cause: error,
    });
  }
  return error instanceof Error ? error : toInBandError(error, upstream);
}

/** The provider packages wrap what their `fetch` throws. */
function findCaluteError(error: unknown): CaluteError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (CaluteError.is(current)) return current;
  }
  return undefined;
}

/** Without a cause: the package's error quotes the chunk, and what a model says must not reach a log. */
function toBadChunk(value: unknown, upstream: Upstream): CaluteError {
  const isFault = typeof value === 'object' && value !== null && 'error' in value;
  if (isFault) return toInBandError(value, upstream);
  return new CaluteError(
    'upstream_bad_chunk',
    `The model provider at ${upstream.host} sent a chunk that cannot be read.`,
  );
}

/** The package says so without data when the stream ended without a finish reason, and with data for a broken tool call. */
function toCut(error: InvalidResponseDataError, { host }: Upstream): CaluteError {
  if (error.data !== undefined) {
    return new CaluteError('upstream_bad_chunk', `The model provider at ${host} sent a broken tool call.`);
  }
  return new CaluteError('upstream_cut', `The model provider at ${host} ended the stream in mid-answer.`);
}

function toInBandError(value: unknown, upstream: Upstream): CaluteError {
  const message = redact(readInBandFault(value).message ?? 'no message', upstream);
  return new CaluteError(
    'upstream_error',
    `The model provider at ${upstream.host} failed in mid-answer: ${message}`,
  );
}
