import { expect, test } from 'vitest';
import type { PeerId } from '../peers/peer.ts';
import type { Figures } from './figures.ts';
import { judgeGoals, ratioOf } from './goals.ts';

function figuresOf(peer: PeerId, median: number, errors = 0): Figures {
  const spread = { median, min: median, max: median };
  return { peer, scenario: 'burst-32', errors, requestsPerSecond: spread, cpuUs: spread, cpuUsByRole: {} };
}

const requests = { figure: 'requestsPerSecond', scenario: 'burst-32' } as const;

test('a ratio is that of the medians', () => {
  const figures = [figuresOf('calute', 1500), figuresOf('bullmq', 2000)];
  expect(ratioOf(figures, requests, { of: 'calute', to: 'bullmq' })).toBe(0.75);
});

test('a row with mistakes gives no ratio', () => {
  const figures = [figuresOf('calute', 1500, 1), figuresOf('bullmq', 2000)];
  expect(ratioOf(figures, requests, { of: 'calute', to: 'bullmq' })).toBeUndefined();
});

test('goals are reached from above or from below, or were not measured', () => {
  const results = judgeGoals([
    figuresOf('calute', 1500),
    figuresOf('bullmq', 2000),
    figuresOf('portkey', 600),
    figuresOf('relay-fetch', 3000),
    figuresOf('tutorial', 14_000),
  ]);
  const outcomes = new Map(results.map(({ title, against, outcome }) => [`${title} ${against}`, outcome]));
  expect(outcomes.get('streaming requests/s, c=32 bullmq')).toBe('stretch');
  expect(outcomes.get('streaming requests/s, c=32 portkey')).toBe('reached');
  expect(outcomes.get('streaming requests/s, c=32 relay-fetch')).toBe('missed');
  expect(outcomes.get('CPU per streaming request, Redis included, c=32 tutorial')).toBe('reached');
  expect(outcomes.get('not streaming requests/s, c=32 relay-fetch')).toBe('not-measured');
});
