import { expect, test } from 'vitest';
import { costPerToken, marginalGrowth } from './cost-per-token.ts';
import type { RunCost } from './measure-tokens.ts';

function runsOf(tokens: number, cpuUs: number, errors = 0): RunCost {
  const spread = { median: cpuUs, min: cpuUs, max: cpuUs };
  return { model: 'mock-burst', tokens, errors, cpuUs: spread, cpuUsByRole: {} };
}

test('a fixed cost a run makes a token cheaper in longer runs, at the same marginal cost', () => {
  const costs = costPerToken([runsOf(64, 564), runsOf(1024, 1524), runsOf(4096, 4596)]);
  expect(costs.map(({ cpuUsPerToken }) => cpuUsPerToken)).toEqual([564 / 64, 1524 / 1024, 4596 / 4096]);
  expect(costs.map(({ marginalUs }) => marginalUs)).toEqual([undefined, 1, 1]);
  expect(costs[0]?.ofShortest).toBe(1);
  expect(costs[2]?.ofShortest).toBeCloseTo(4596 / 4096 / (564 / 64));
  expect(marginalGrowth(costs)).toBe(1);
});

test('a cost that grows with the square of the length shows in the marginal cost', () => {
  const costs = costPerToken([64, 1024, 16_384].map((tokens) => runsOf(tokens, tokens ** 2 / 1000)));
  expect(marginalGrowth(costs)).toBeGreaterThan(10);
});

test('lengths that failed are left out, in any order', () => {
  const costs = costPerToken([runsOf(1024, 2000), runsOf(256, 9999, 1), runsOf(64, 1040)]);
  expect(costs.map(({ tokens, marginalUs }) => [tokens, marginalUs])).toEqual([
    [64, undefined],
    [1024, 1],
  ]);
  expect(marginalGrowth(costs)).toBeUndefined();
});

test('nothing measured gives nothing', () => {
  expect(costPerToken([])).toEqual([]);
  expect(marginalGrowth([])).toBeUndefined();
});
