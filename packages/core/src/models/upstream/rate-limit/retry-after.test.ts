import { expect, test } from 'vitest';
import { readRetryAfterMs } from './retry-after.ts';

const now = 1_700_000_000_000;

test.each([
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': '1.5' }, 1500],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '6m0s' }, 360_000],
  [{ 'retry-after': 'Tue, 14 Nov 2023 22:13:24 GMT' }, 4000],
  [{ 'retry-after': 'Tue, 14 Nov 2023 22:13:19 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1', 'retry-after-ms': '' }, undefined],
  [{}, undefined],
])('%j means %s ms', (headers, expected) => {
  expect(readRetryAfterMs(headers, now)).toBe(expected);
});

test.each([
  ['1s', 1000],
  ['6m0s', 360_000],
  ['1h2m3.5s', 3_723_500],
  ['20ms', 20],
  ['7.66s', 7660],
  ['30', 30_000],
  ['0.25', 250],
  ['1700000005', 5000],
  ['1700000005000', 5000],
  ['1699999999', 0],
  ['2023-11-14T22:13:22Z', 2000],
  ['Tue, 14 Nov 2023 22:13:24 GMT', 4000],
  ['', undefined],
  ['-3', undefined],
  ['soon', undefined],
  ['1x', undefined],
  ['2023', 2_023_000],
])('a rate limit that is reset at or in "%s" means %s ms', (value, expected) => {
  expect(readRetryAfterMs({ 'x-ratelimit-reset': value }, now)).toBe(expected);
});

test('the pause that is asked for goes before the end of a limit', () => {
  expect(readRetryAfterMs({ 'retry-after': '2', 'x-ratelimit-reset-requests': '9s' }, now)).toBe(2000);
});

test('of several limits the last one of those counts that have nothing left', () => {
  const headers = {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '6m0s',
    'x-ratelimit-remaining-audio': '100',
    'x-ratelimit-reset-audio': '24h0m0s',
  };
  expect(readRetryAfterMs(headers, now)).toBe(360_000);
  expect(readRetryAfterMs({ ...headers, 'x-ratelimit-remaining-tokens': '12' }, now)).toBe(1000);
});

test('when none has nothing left, the one counts that ends first', () => {
  const headers = { 'x-ratelimit-reset-requests': '9s', 'x-ratelimit-reset-tokens': '120ms' };
  expect(readRetryAfterMs(headers, now)).toBe(120);
});

test("Anthropic's names are read as well", () => {
  const headers = {
    'anthropic-ratelimit-requests-remaining': '10',
    'anthropic-ratelimit-requests-reset': '2023-11-14T22:13:21Z',
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-input-tokens-reset': '2023-11-14T22:13:50Z',
  };
  expect(readRetryAfterMs(headers, now)).toBe(30_000);
});
