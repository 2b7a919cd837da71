import { expect, test } from 'vitest';
import { CaluteError } from '../errors.ts';
import { toStoreError } from './store-error.ts';

test.each([
  'OOM command not allowed when used memory > maxmemory.',
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script.',
])('the reply "%s" means that the store is unavailable', (message) => {
  const cause = replyError(message);
  const error = toStoreError(cause);
  expect(error).toMatchObject({ code: 'store_unavailable', retryAfterMs: 1000, status: 503, cause });
});

test.each([
  'ERR user_script:1: OOM is not a function',
  'WRONGTYPE Operation against a key',
  'BUSYGROUP exists',
])('the reply "%s" is a bug and stays as it is', (message) => {
  const error = replyError(message);
  expect(toStoreError(error)).toBe(error);
});

test('a transaction is judged by the replies that aborted it', () => {
  const aborted = (cause: string) =>
    Object.assign(replyError('EXECABORT Transaction discarded'), { previousErrors: [replyError(cause)] });
  expect(toStoreError(aborted('OOM command not allowed'))).toMatchObject({ code: 'store_unavailable' });
  const bug = aborted('ERR wrong number of arguments');
  expect(toStoreError(bug)).toBe(bug);
});

test('an aborted signal, a bug and an error that is already typed stay as they are', () => {
  const others = [
    new DOMException('This operation was aborted', 'AbortError'),
    new TypeError('x is not a function'),
    new Error('OOM in our own code'),
    new CaluteError('run_not_found', 'No such run.'),
    'text',
  ];
  for (const other of others) expect(toStoreError(other)).toBe(other);
});

test('a failed system call means that the store is unavailable', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  expect(toStoreError(refused)).toMatchObject({ code: 'store_unavailable' });
});

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
