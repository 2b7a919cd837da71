import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { nestsDeeperThan } from './nesting-depth.ts';

const nested = (levels: number) => Buffer.from(`${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`);

test('the limit itself is allowed, one level more is not', () => {
  expect(nestsDeeperThan(nested(64), 64)).toBe(false);
  expect(nestsDeeperThan(nested(66), 64)).toBe(true);
});

test.each([
  ['brackets in a string', JSON.stringify('['.repeat(100))],
  ['brackets after an escaped quote', JSON.stringify(`"${'['.repeat(100)}`)],
  ['brackets after an escaped backslash and quote', JSON.stringify(`\\"${'['.repeat(100)}`)],
  ['brackets in a string that never ends', `"${'['.repeat(100)}`],
  ['many brackets side by side', `[${'[],'.repeat(100)}1]`],
])('%s do not count', (_name, json) => {
  expect(nestsDeeperThan(Buffer.from(json), 4)).toBe(false);
});

test('a string that ends in a backslash ends nevertheless', () => {
  expect(nestsDeeperThan(Buffer.from(`["\\\\",${'['.repeat(10)}`), 4)).toBe(true);
});

test('a megabyte of backslashes is read once', () => {
  const started = performance.now();
  nestsDeeperThan(Buffer.from(`"${'\\'.repeat(1_000_000)}"`.repeat(4)), 64);
  expect(performance.now() - started).toBeLessThan(1000);
});
