import { expect, it } from 'vitest';
import { sumUsage, withUsage } from './sum-usage.ts';

const one = { promptTokens: 1, completionTokens: 2, cachedTokens: 3, reasoningTokens: 4 };
const priced = { ...one, costUsd: 0.5 };

it('adds up every figure, nothing to zeros', () => {
  expect(sumUsage([one, one, one])).toEqual({
    promptTokens: 3,
    completionTokens: 6,
    cachedTokens: 9,
    reasoningTokens: 12,
  });
  expect(sumUsage([])).toEqual({
    promptTokens: 0,
    completionTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
  });
});

it('has a cost as soon as one of them has, and none otherwise', () => {
  expect(sumUsage([priced, one, priced]).costUsd).toBe(1);
  expect(sumUsage([one])).not.toHaveProperty('costUsd');
});

it('gives an end that did not complete what its steps have used', () => {
  const failed = { reason: 'failed', code: 'upstream_cut', message: 'Cut.' } as const;
  expect(withUsage(failed, [one, priced])).toEqual({ ...failed, usage: sumUsage([one, priced]) });
  expect(withUsage(failed, [])).toBe(failed);
  const completed = { reason: 'completed', finishReason: 'stop', usage: one, processingMs: 1 } as const;
  expect(withUsage(completed, [priced])).toBe(completed);
});
