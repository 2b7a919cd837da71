import { expect, test } from 'vitest';
import { parseCpuTicks, parseRssBytes } from './process-usage.ts';

test('the ticks are found behind a name with spaces and parentheses', () => {
  const stat = '4211 (node (main) x) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 11 0 123 456';
  expect(parseCpuTicks(stat)).toBe(300);
});

test('the resident size is read in bytes', () => {
  expect(parseRssBytes('Name:\tnode\nVmRSS:\t   2048 kB\nRssAnon:\t 1 kB\n')).toBe(2 * 1024 * 1024);
});
