import type { UseFigures } from '../figures/use-figures.ts';
import { formatFigure, formatRatio, formatSpread, formatTable } from '../report/table.ts';

export type Variant = 'off' | 'off again' | 'metrics' | 'traces';

export interface TelemetryFigures extends UseFigures {
  readonly variant: Variant;
}

const titles: Readonly<Record<Variant, string>> = {
  off: 'off',
  'off again': 'off, a second installation',
  metrics: 'metrics of API and worker, read once a second',
  traces: 'traces of every run, to a collector that keeps nothing',
};

/** A table of what a request costs in each variant, and as a multiple of what it costs without. */
export function telemetryReportOf(figures: readonly TelemetryFigures[]): string {
  const off = figures.find(({ variant }) => variant === 'off')?.cpuUs?.median;
  const rows = figures.map(({ variant, requestsPerSecond, cpuUs, cpuUsByRole, errors }) => [
    titles[variant],
    formatSpread(requestsPerSecond),
    formatSpread(cpuUs),
    formatRatio(off === undefined ? undefined : (cpuUs?.median ?? Number.NaN) / off),
    formatFigure(cpuUsByRole.api),
    formatFigure(cpuUsByRole.worker),
    formatFigure(cpuUsByRole.redis),
    String(errors),
  ]);
  const headers = [
    'telemetry',
    'requests/s',
    'CPU µs a request',
    'of off',
    'API',
    'worker',
    'Redis',
    'errors',
  ];
  return formatTable(headers, rows);
}
