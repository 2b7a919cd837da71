import { expect, test } from 'vitest';
import { formatBeside, formatFigure, formatRatio, formatSpread, formatTable } from './table.ts';

test('columns are as wide as their widest cell and figures stand on the right', () => {
  expect(
    formatTable(
      ['peer', 'req/s'],
      [
        ['a', '1'],
        ['longer', '12345678'],
      ],
    ),
  ).toBe(
    ['| peer   |    req/s |', '| ------ | -------: |', '| a      |        1 |', '| longer | 12345678 |'].join(
      '\n',
    ),
  );
});

test('figures keep about three digits', () => {
  expect([0.123, 12.34, 1234.5, -0.05].map(formatFigure)).toEqual(['0.12', '12.3', '1235', '-0.05']);
});

test('what was not measured is a dash', () => {
  expect(formatFigure(undefined)).toBe('-');
  expect(formatRatio(Number.NaN)).toBe('-');
  expect(formatRatio(2)).toBe('2.00×');
});

test('a spread shows its ends', () => {
  expect(formatSpread({ median: 12.34, min: 1, max: 200 })).toBe('12.3 (1.00-200)');
  expect(formatSpread(undefined)).toBe('-');
});

test('a recorded run stands in brackets', () => {
  expect(formatBeside(formatRatio, 2, undefined)).toBe('2.00×');
  expect(formatBeside(formatRatio, 2, 3)).toBe('2.00× (3.00×)');
});
