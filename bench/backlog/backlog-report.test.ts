import { expect, test } from 'vitest';
import type { BacklogResults } from './backlog-figures.ts';
import { backlogReportOf, untilSlotMs } from './backlog-report.ts';

const spread = (median: number) => ({ median, min: median - 1, max: median + 1 });
const latencyOf = (p50: number) => ({ p50Ms: spread(p50), p99Ms: spread(2 * p50), errors: 0 });
const besideOf = (p50: number, first: number, offered: number) => ({
  latency: latencyOf(p50),
  waiting: { first, last: first - 8000 },
  offered,
  room: 256,
  slotEveryMs: 4,
});

const results: BacklogResults = {
  at: '2026-01-02T03:04:05.000Z',
  mode: 'default',
  machine: { cores: 2, memoryGb: 8, platform: 'linux-x64' },
  versions: { node: '24.0.0' },
  floods: [
    {
      runClass: 'live',
      idle: latencyOf(2),
      few: besideOf(60, 9000, 272),
      many: besideOf(70, 108_000, 272),
    },
    {
      runClass: 'flex',
      idle: latencyOf(2),
      few: besideOf(3, 9000, 192),
      many: besideOf(4, 108_000, 192),
    },
  ],
  drain: {
    runs: 10_000,
    acceptedPerSecond: spread(3000),
    runsPerSecond: spread(2000),
    workerCpuUs: spread(300),
    redisCpuUs: undefined,
    jobsPerSecond: spread(8000),
  },
};

const rowsOf = (report: string) => report.split('\n').map((line) => line.replaceAll(/ +/g, ' '));

test('a new run starts after those that were offered beyond the room, or at once where there is room', () => {
  const [live, flex] = results.floods.map(({ many }) => untilSlotMs(many));
  expect([live, flex]).toEqual([68, 0]);
});

test('the report says what waits, when a request can start, and how fast a backlog drains', () => {
  expect(rowsOf(backlogReportOf(results, undefined))).toEqual(
    expect.arrayContaining([
      '| 9,000 live runs wait | 60.0 (59.0-61.0) | 120 (119-121) |',
      '| 108,000 live runs wait | 70.0 (69.0-71.0) | 140 (139-141) |',
      '| live | 108,000 to 100,000 | 272 of 256 | 4.00 | 68.0 |',
      '| flex | 108,000 to 100,000 | 192 of 256 | 4.00 | 0.00 |',
      '| runs: taken and finished by one worker | 2000 (1999-2001) | 300 (299-301) | - |',
      '| jobs: BullMQ alone, added and taken | 8000 (7999-8001) | - | - |',
    ]),
  );
});

test('goals stand beside those of the recorded run', () => {
  const recorded = { ...results, drain: { ...results.drain, jobsPerSecond: spread(4000) } };
  expect(rowsOf(backlogReportOf(results, recorded))).toContain(
    '| drained runs a second to jobs of BullMQ alone | 0.25 × (0.50 ×) | ≥ 0.5 × | missed |',
  );
});
