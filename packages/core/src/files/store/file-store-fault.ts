import { CaluteError } from '../../errors.ts';

/** No room, no quota, no more names, a file above the system's limit. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EMLINK', 'EFBIG']);

const retryAfterMs = 1000;

/** The CaluteError for what a file system refuses; anything that is no system error comes back as it is. */
export function toDiskFault(error: unknown): unknown {
  if (!(error instanceof Error) || CaluteError.is(error) || !('syscall' in error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (full.has(code)) return storageFull(error);
  return code === 'ENOENT' ? fileLost(error) : unavailable(error);
}

/** The CaluteError for what an S3 server refuses or does not answer. Its aborts come back as they are. */
export function toS3Fault(error: unknown): unknown {
  if (!(error instanceof Error) || CaluteError.is(error) || error.name === 'AbortError') return error;
  if (error.name === 'NoSuchKey' || error.name === 'NotFound') return fileLost(error);
  return error.name === 'EntityTooLarge' || error.name === 'QuotaExceeded' || statusOf(error) === 507
    ? storageFull(error)
    : unavailable(error);
}

function statusOf(error: Error): unknown {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }; // because the SDK's errors carry it
  return $metadata?.httpStatusCode;
}

function storageFull(cause: Error): CaluteError {
  const message =
    'The server has no room left for files. Delete files that are not needed, or tell its operator.';
  return new CaluteError('storage_full', message, { cause });
}

function fileLost(cause: Error): CaluteError {
  return new CaluteError('file_lost', 'The content of this file is no longer there; upload it again.', {
    cause,
  });
}

function unavailable(cause: Error): CaluteError {
  const message = 'The store of files does not answer or refuses to serve; try again.';
  return new CaluteError('file_store_unavailable', message, { retryAfterMs, cause });
}
