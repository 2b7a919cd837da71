import { expect, test } from 'vitest';
import { quantile, spreadOf } from './statistics.ts';

test('a quantile is one of the values', () => {
  const values = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect(quantile(values, 0.5)).toBe(50);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 0)).toBe(1);
  expect(quantile(values, 1)).toBe(100);
});

test('a quantile of nothing is not a number', () => {
  expect(quantile([], 0.5)).toBeNaN();
});

test('a spread has the median, also between two values', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([10, 1, 2, 4])).toEqual({ median: 3, min: 1, max: 10 });
});

test('a spread passes over rounds without the figure', () => {
  expect(spreadOf([undefined, 5, Number.NaN])).toEqual({ median: 5, min: 5, max: 5 });
  expect(spreadOf([undefined])).toBeUndefined();
});
