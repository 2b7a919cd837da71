import { expect, test } from 'vitest';
import { completionWindowSchema, windowSeconds } from './window.ts';

test.each([
  ['24h', 86_400],
  ['90s', 90],
  ['5m', 300],
  ['30d', 2_592_000],
])('%s is a window of %i s', (text, expected) => {
  expect(windowSeconds(completionWindowSchema.parse(text))).toBe(expected);
});

test.each(['', '24', 'h', '0h', '-1h', '1.5h', '31d', '721h', '1w'])('%j is none', (text) => {
  expect(completionWindowSchema.safeParse(text).success).toBe(false);
});
