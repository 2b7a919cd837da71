import { expect, test } from 'vitest';
import { formatReset } from './rate-limit-headers.ts';

test.each([
  [0, '0ms'],
  [20, '20ms'],
  [1000, '1s'],
  [1001, '2s'],
  [59_500, '1m0s'],
  [360_000, '6m0s'],
  [61_000, '1m1s'],
])('%i ms is written as %s', (resetMs, text) => {
  expect(formatReset(resetMs)).toBe(text);
});
