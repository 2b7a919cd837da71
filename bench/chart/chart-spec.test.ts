import { expect, test } from 'vitest';
import type { Figures } from '../figures/figures.ts';
import type { Results } from '../figures/results.ts';
import type { PeerId } from '../peers/peer.ts';
import type { ScenarioId } from '../rounds/scenarios.ts';
import { chartSpecOf } from './chart-spec.ts';

function figuresOf(peer: PeerId, median: number, more: Partial<Figures> = {}): Figures {
  const spread = { median, min: median / 2, max: 2 * median };
  const measured = { requestsPerSecond: spread, cpuUs: spread, cpuUsByRole: {} };
  return { peer, scenario: 'burst-32', errors: 0, ...measured, ...more };
}

function resultsOf(figures: readonly Figures[]): Results {
  return {
    at: '2026-01-02T03:04:05.000Z',
    mode: 'default',
    rounds: 5,
    cellMs: 2000,
    warmUpRequests: 10_000,
    machine: { cores: 2, memoryGb: 8, platform: 'linux-x64' },
    versions: { node: '24.0.0', redis: '7.0.0', bullmq: '6.0.0' },
    figures,
  };
}

function panelsOf(results: Results) {
  const { hconcat } = chartSpecOf(results) as { hconcat: { data: { values: { peer: string }[] } }[] };
  return hconcat.map(({ data }) => data.values);
}

test('both panels show the same peers in one order, Calute first and marked', () => {
  const [requests, cpu] = panelsOf(
    resultsOf([figuresOf('bullmq', 3000), figuresOf('tutorial', 200), figuresOf('calute', 1500.4)]),
  );
  expect(requests?.map(({ peer }) => peer)).toEqual(['Calute', 'tutorial queue', 'BullMQ alone']);
  expect(requests?.[0]).toMatchObject({
    isOwn: true,
    median: 1500.4,
    min: 750.2,
    max: 3000.8,
    label: '1500',
  });
  expect(requests?.[1]).toMatchObject({ isOwn: false });
  expect(cpu?.map(({ peer }) => peer)).toEqual(requests?.map(({ peer }) => peer));
});

test('other loads, peers with mistakes and the upstream alone are left out', () => {
  const other: ScenarioId = 'burst-1';
  const [requests] = panelsOf(
    resultsOf([
      figuresOf('calute', 1500),
      figuresOf('calute', 9, { scenario: other }),
      figuresOf('portkey', 800, { errors: 1 }),
      figuresOf('direct', 8000),
    ]),
  );
  expect(requests?.map(({ peer }) => peer)).toEqual(['Calute']);
});

test('a run without Calute cannot be drawn', () => {
  expect(() => chartSpecOf(resultsOf([figuresOf('tutorial', 200)]))).toThrow('no figures of Calute');
});
