import { expect, test } from 'vitest';
import { telemetryReportOf } from './telemetry-report.ts';

const spread = (median: number) => ({ median, min: median - 1, max: median + 1 });

test('each variant is compared with what a request costs without', () => {
  const report = telemetryReportOf([
    { variant: 'off', errors: 0, cpuUs: spread(400), cpuUsByRole: { api: 200, worker: 150, redis: 50 } },
    { variant: 'traces', errors: 2, cpuUs: spread(500), cpuUsByRole: { api: 250, worker: 200, redis: 50 } },
  ]);
  const [, , off, traces] = report.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  expect(off?.slice(3, 9)).toEqual(['400 (399-401)', '1.00×', '200', '150', '50.0', '0']);
  expect(traces?.slice(3, 9)).toEqual(['500 (499-501)', '1.25×', '250', '200', '50.0', '2']);
});

test('what was not measured is a dash', () => {
  expect(telemetryReportOf([{ variant: 'off', errors: 0, cpuUsByRole: {} }])).toContain('|      - |');
});
