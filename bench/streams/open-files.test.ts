import { expect, test } from 'vitest';
import { assertRoomForStreams, readOpenFilesLimit } from './open-files.ts';

test('too few file descriptors are told with how many would do', () => {
  expect(() => assertRoomForStreams(3000, 1024)).toThrow(/needs 3100 .* allows 1024; .* at most 924 streams/);
});

test('enough of them, or no limit at all, is no error', () => {
  expect(() => assertRoomForStreams(3000, 3100)).not.toThrow();
  expect(() => assertRoomForStreams(3000, undefined)).not.toThrow();
});

test.skipIf(process.platform === 'win32')('the system tells its limit', () => {
  expect(readOpenFilesLimit() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(100);
});
