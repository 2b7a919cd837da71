import { errors } from 'undici';
import { CaluteError } from '../../errors.ts';

/**
 * What a failed connection means, by the error code of undici or node; `host` is named in the message and must not
 * carry credentials.
 */
export function toNetworkError(error: unknown, host: string): unknown {
  if (CaluteError.is(error)) return error;
  if (error instanceof errors.HTTPParserError) return toProtocolError(error, host);
  const code = readCode(error);
  if (code !== undefined && isCompressionCode(code)) return toCompressionError(error, host);
  switch (code) {
    case undefined:
      return error;
    case 'UND_ERR_HEADERS_OVERFLOW':
      return toProtocolError(error, host);
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return new CaluteError('upstream_timeout', `The model provider at ${host} did not answer in time.`, {
        cause: error,
      });
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_ABORTED':
      return new CaluteError('upstream_cut', `The model provider at ${host} closed the connection early.`, {
        cause: error,
      });
    default:
      return toConnectError(error, code, host);
  }
}

function toProtocolError(cause: unknown, host: string): CaluteError {
  return new CaluteError('upstream_error', `The model provider at ${host} does not speak HTTP properly.`, {
    cause,
  });
}

/** Of zlib, brotli and zstd. */
function isCompressionCode(code: string): boolean {
  return /^(?:Z_|ERR__ERROR_|ERR_BROTLI|ERR_ZSTD|ZSTD_)/.test(code);
}

function toCompressionError(cause: unknown, host: string): CaluteError {
  const message = `The model provider at ${host} sent an answer that is not compressed as its headers say.`;
  return new CaluteError('upstream_error', message, { cause });
}

function toConnectError(cause: unknown, code: string, host: string): CaluteError {
  const message = `Cannot reach the model provider at ${host} (${code}). Is its base URL right?`;
  return new CaluteError('upstream_unreachable', message, { cause });
}

function readCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return readCode(error.cause);
}
