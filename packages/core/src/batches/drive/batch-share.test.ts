import { expect, test } from 'vitest';
import { shareOf } from './batch-share.ts';
import { writeDueMs } from './write-times.ts';

const mebibyte = 1024 ** 2;

test('one batch keeps all workers busy, two thousand get on side by side', () => {
  expect(shareOf({ active: 1, room: 256, maxLiveRuns: 100_000 })).toMatchObject({ lines: 512 });
  expect(shareOf({ active: 1, room: 1500, maxLiveRuns: 100_000 })).toMatchObject({ lines: 3000 });
  expect(shareOf({ active: 2000, room: 256, maxLiveRuns: 100_000 })).toEqual({
    lines: 2,
    inputBytes: mebibyte / 16,
    resultBytes: mebibyte / 16,
  });
});

test('batches never take more than half of the places for runs, but for two lines each', () => {
  expect(shareOf({ active: 1, room: 10_000, maxLiveRuns: 100 }).lines).toBe(50);
  expect(shareOf({ active: 100, room: 10_000, maxLiveRuns: 100 }).lines).toBe(2);
});

test('without workers lines are begun nevertheless', () => {
  expect(shareOf({ active: 0, room: 0, maxLiveRuns: 100_000 }).lines).toBe(512);
});

test('results wait the longer the longer a batch goes on, and never until their runs could be gone', () => {
  expect([0, 60_000, 86_400_000].map((elapsed) => writeDueMs(elapsed, 600_000))).toEqual([100, 300, 10_000]);
  expect(writeDueMs(86_400_000, 1000)).toBe(250);
});
