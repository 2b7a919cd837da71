import {
  APICallError,
  InvalidResponseDataError,
  JSONParseError,
  NoSuchProviderReferenceError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { z } from 'zod';
import { CaluteError } from '../../errors.ts';
import { createBadChunkError, createCutError, toInBandError } from './in-band-error.ts';
import { toStatusError } from './status-error.ts';
import type { Upstream } from './upstream.ts';
import { readInBandFault, readUpstreamFault } from './upstream-error-body.ts';

/** What the provider packages send for an error event of the stream, with the status that it stands for. */
const streamErrorSchema = z.object({ statusCode: z.number().int().min(400), data: z.unknown() });

/**
 * What a provider package threw, or sent as an `error` part, as a CaluteError of the `upstream_*` codes (or
 * `invalid_request` and the like where the upstream blames the request). What is not known here comes back as it is: a bug.
 */
export function toUpstreamError(error: unknown, upstream: Upstream): unknown {
  const known = findCaluteError(error);
  if (known !== undefined) return known;
  if (APICallError.isInstance(error) && error.statusCode !== undefined) {
    return fromResponse(error, error.statusCode, upstream);
  }
  if (TypeValidationError.isInstance(error)) return toBadChunk(error.value, upstream);
  if (JSONParseError.isInstance(error)) return toBadChunk(undefined, upstream);
  if (InvalidResponseDataError.isInstance(error)) return toCut(error, upstream);
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return toUnsupported(error.functionality, error);
  }
  if (NoSuchProviderReferenceError.isInstance(error)) return toUnsupported('a file_id of OpenAI', error);
  return error instanceof Error ? error : toReportedError(error, upstream);
}

/** The provider packages wrap what their `fetch` throws. */
function findCaluteError(error: unknown): CaluteError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (CaluteError.is(current)) return current;
  }
  return undefined;
}

function fromResponse(error: APICallError, status: number, upstream: Upstream): CaluteError {
  const fault = readUpstreamFault(error.responseBody);
  return toStatusError({ status, fault, headers: error.responseHeaders ?? {} }, upstream);
}

function toUnsupported(what: string, cause: Error): CaluteError {
  return new CaluteError('unsupported_parameter', `The model cannot take ${what}.`, {
    param: 'messages',
    cause,
  });
}

/** Without a cause: the package's error quotes the chunk, and what a model says must not reach a log. */
function toBadChunk(value: unknown, upstream: Upstream): CaluteError {
  const isFault = typeof value === 'object' && value !== null && 'error' in value;
  return isFault ? toInBandError(value, upstream) : createBadChunkError(upstream);
}

/** The package says so without data when the stream ended without a finish reason, and with data for a broken tool call. */
function toCut(error: InvalidResponseDataError, upstream: Upstream): CaluteError {
  return error.data === undefined
    ? createCutError(upstream)
    : createBadChunkError(upstream, 'a broken tool call');
}

function toReportedError(value: unknown, upstream: Upstream): CaluteError {
  const known = streamErrorSchema.safeParse(value).data;
  return known === undefined
    ? toInBandError(value, upstream)
    : toStatusError({ status: known.statusCode, fault: readInBandFault(known.data) }, upstream);
}
