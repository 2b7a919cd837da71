import type { Spread } from '../figures/statistics.ts';

/** A Markdown table whose first column is text and whose others are figures. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, column) =>
    Math.max(3, header.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => `| ${cells.map(padded(widths)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(headers), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function padded(widths: readonly number[]) {
  return (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
}

/** Three significant digits at least, no fraction from 100 on; a dash for what was not measured. */
export function formatFigure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `1.85×`; a dash when one of both was not measured. */
export function formatRatio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : `${formatFigure(value)}×`;
}

/** The median, lowest and highest in brackets; a dash for what was not measured. */
export function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return '-';
  return `${formatFigure(spread.median)} (${formatFigure(spread.min)}-${formatFigure(spread.max)})`;
}

/** A figure of this run, and in brackets that of the recorded one if there is such a run. */
export function formatBeside<Run>(format: (run: Run) => string, run: Run, recorded: Run | undefined): string {
  return recorded === undefined ? format(run) : `${format(run)} (${format(recorded)})`;
}
