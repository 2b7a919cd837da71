import { expect, it } from 'vitest';
import { priceUsage } from './price-usage.ts';

const usage = {
  promptTokens: 1_000_000,
  completionTokens: 100_000,
  cachedTokens: 400_000,
  reasoningTokens: 50_000,
};

it('counts cached input at its own price, and reasoning as the output that it is part of', () => {
  const prices = { inputPerMillion: 2, outputPerMillion: 10, cachedInputPerMillion: 0.5 };
  expect(priceUsage(usage, prices)).toEqual({ ...usage, costUsd: 0.6 * 2 + 0.4 * 0.5 + 0.1 * 10 });
});

it('counts cached input as input when it has no price of its own, a price of 0 counting as one', () => {
  const prices = { inputPerMillion: 2, outputPerMillion: 10 };
  expect(priceUsage(usage, prices).costUsd).toBeCloseTo(3);
  expect(priceUsage(usage, { ...prices, cachedInputPerMillion: 0 }).costUsd).toBeCloseTo(2.2);
});

it('is never negative for an upstream that counts cached tokens beside the prompt', () => {
  const odd = { ...usage, promptTokens: 100 };
  expect(priceUsage(odd, { inputPerMillion: 1, outputPerMillion: 0 }).costUsd).toBeCloseTo(0.0001);
});

it('leaves usage without prices as it is', () => {
  expect(priceUsage(usage, undefined)).toBe(usage);
});
