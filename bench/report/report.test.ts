import { expect, test } from 'vitest';
import type { Figures } from '../figures/figures.ts';
import type { Results } from '../figures/results.ts';
import type { PeerId } from '../peers/peer.ts';
import type { ScenarioId } from '../rounds/scenarios.ts';
import { reportOf } from './report.ts';

const spread = (median: number) => ({ median, min: median, max: median });

function figuresOf(peer: PeerId, scenario: ScenarioId, median: number, errors = 0): Figures {
  const measured = { requestsPerSecond: spread(median), gapP99Ms: spread(17.3), cpuUs: spread(median) };
  return { peer, scenario, errors, ...measured, cpuUsByRole: {} };
}

function resultsOf(figures: readonly Figures[]): Results {
  return {
    at: '2026-01-02T03:04:05.000Z',
    mode: 'quick',
    rounds: 2,
    cellMs: 500,
    warmUpRequests: 1000,
    machine: { cores: 2, memoryGb: 8, platform: 'linux-x64' },
    versions: { node: '24.0.0' },
    figures,
  };
}

const linesOf = (report: string, start: string) =>
  report.split('\n').filter((line) => line.startsWith(`| ${start}`));

test('the gap between tokens stands beside paced streams only', () => {
  const report = reportOf(
    resultsOf([figuresOf('calute', 'burst-32', 100), figuresOf('calute', 'paced-32', 40)]),
    undefined,
  );
  const [burst, paced] = linesOf(report, 'Calute');
  expect(burst).not.toContain('17.3');
  expect(paced).toContain('17.3');
  expect(report.match(/gap p99 ms/g)).toHaveLength(1);
});

test('a recorded run stands in brackets beside the ratios and the goals', () => {
  const runOf = (own: number) =>
    resultsOf([figuresOf('calute', 'burst-32', own), figuresOf('bullmq', 'burst-32', 1000)]);
  const report = reportOf(runOf(500), runOf(800));
  expect(report).toContain('recorded at 2026-01-02T03:04:05.000Z');
  const [, ratios] = linesOf(report, 'BullMQ alone');
  expect(ratios).toContain('2.00× (1.25×)');
  expect(linesOf(report, 'streaming requests/s, c=32')[0]).toContain('0.50× (0.80×)');
});

test('a row with mistakes shows none of its figures', () => {
  const [row] = linesOf(reportOf(resultsOf([figuresOf('calute', 'burst-32', 123, 4)]), undefined), 'Calute');
  expect(row).toContain('FAILED, 4 errors');
  expect(row).not.toContain('123');
});
