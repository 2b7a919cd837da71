import { expect, test } from 'vitest';
import { CaluteError } from '../../errors.ts';
import { toDiskFault, toS3Fault } from './file-store-fault.ts';

test.each([
  ['ENOSPC', 'storage_full'],
  ['EDQUOT', 'storage_full'],
  ['EFBIG', 'storage_full'],
  ['ENOENT', 'file_lost'],
  ['EACCES', 'file_store_unavailable'],
  ['EROFS', 'file_store_unavailable'],
  ['EIO', 'file_store_unavailable'],
])('what a disk calls %s is %s', (code, expected) => {
  const error = Object.assign(new Error(`${code}: refused`), { code, syscall: 'write' });
  expect(toDiskFault(error)).toMatchObject({ code: expected, cause: error });
});

test.each([
  [{ name: 'NoSuchKey' }, 'file_lost'],
  [{ name: 'QuotaExceeded' }, 'storage_full'],
  [{ name: 'Strange', $metadata: { httpStatusCode: 507 } }, 'storage_full'],
  [{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'file_store_unavailable'],
  [{ name: 'TimeoutError' }, 'file_store_unavailable'],
])('what an S3 server answers with %j is %s', (fields, expected) => {
  expect(toS3Fault(Object.assign(new Error('refused'), fields))).toMatchObject({ code: expected });
});

test('an error of the source stays what it is', () => {
  const errors = [new CaluteError('request_too_large', 'Too large.'), new Error('cut'), 'thrown'];
  for (const error of errors) expect(toDiskFault(error)).toBe(error);
  expect(toS3Fault(errors[0])).toBe(errors[0]);
});
