import { expect, test } from 'vitest';
import { growthReportOf } from './growth-report.ts';
import type { GrowthResults } from './growth-results.ts';
import type { RunCost } from './measure-tokens.ts';

const spread = (median: number) => ({ median, min: median, max: median });

function runsOf(tokens: number, cpuUs: number, failure?: string): RunCost {
  const failed = failure === undefined ? { errors: 0 } : { errors: 3, firstError: failure };
  return { model: 'mock-burst', tokens, ...failed, cpuUs: spread(cpuUs), cpuUsByRole: { api: 7 } };
}

const kind = { runs: 1000, promptBytes: 100, tokens: 64, frames: 1, waitingBytes: 900, endedBytes: 5000 };

function resultsOf(tokens: readonly RunCost[]): GrowthResults {
  return {
    at: '2026-01-02T03:04:05.000Z',
    mode: 'default',
    machine: { cores: 2, memoryGb: 8, platform: 'linux-x64' },
    versions: { node: '24.0.0' },
    tokens,
    backlog: {
      accept: [],
      take: [{ queued: 100_000, runsPerSecond: 1500, workerCpuUs: undefined, redisCpuUs: 90 }],
    },
    store: {
      hops: [{ hop: 'dispatch', concurrency: 64, redisCpuUs: spread(21), ownCpuUs: spread(18) }],
      appends: [{ framesPerAppend: 128, redisCpuUs: spread(6.8), ownCpuUs: spread(2.5) }],
    },
    memory: {
      short: kind,
      longPrompt: { ...kind, promptBytes: 1100, waitingBytes: 1900, endedBytes: 6000 },
      long: { ...kind, tokens: 1024, endedBytes: 9000 },
      longer: { ...kind, tokens: 2024, endedBytes: 17_000 },
      manyFrames: { ...kind, tokens: 1024, frames: 101, endedBytes: 11_500 },
    },
    replicas: [],
    starts: [],
  };
}

test('each part has its table, and the memory its formula', () => {
  const report = growthReportOf(resultsOf([runsOf(64, 640), runsOf(1024, 1600)]), undefined);
  expect(report).toMatch(/\| 1,024 +\|.* 1\.56 \|.* 0\.16× \|.* 1\.00 \|/);
  expect(report).toMatch(/\| 100,000 \| +1500 \| +- \| +90\.0 \|/);
  expect(report).toMatch(/\| c=64: together +\| +21\.0 \| +18\.0 \|/);
  expect(report).toMatch(/\| 128 +\| +6\.80 \(6\.80-6\.80\) \|/);
  expect(report).toContain("- while it waits: 800 + 1.00 × the prompt's bytes");
  expect(report).toContain('the larger one of 4900 and 683 + 8.00 a token + 25.0 a frame');
});

test('a length that failed says why and shows no figures', () => {
  const report = growthReportOf(resultsOf([runsOf(64, 640), runsOf(1024, 4321, 'cut')]), undefined);
  expect(report).toContain('| 1,024: FAILED, 3 errors, the first: cut |');
  expect(report).not.toContain('4321');
});

test('the recorded goals stand in brackets', () => {
  const runOf = (longCpuUs: number) => resultsOf([runsOf(64, 640), runsOf(1024, longCpuUs)]);
  const report = growthReportOf(runOf(1600), runOf(10_240));
  expect(report).toMatch(/CPU per token, burst: 1,024 to 64 tokens +\| 0\.16 × \(1\.00 ×\) \|/);
});

test('a recorded run may be older than a part', () => {
  const results = resultsOf([runsOf(64, 640), runsOf(1024, 1600)]);
  const { store: _, ...older } = results;
  const report = growthReportOf(results, older as GrowthResults); // because files keep what was measured when they were written
  expect(report).toContain('0.16 × (0.16 ×)');
});
