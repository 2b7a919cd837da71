import type { Latency } from '../figures/latency.ts';
import { formatSpread, formatTable } from './table.ts';

/** One row for each situation; one with mistakes shows no figures. */
export function latencyTable(rows: readonly (readonly [title: string, latency: Latency])[]): string {
  return formatTable(['', 'p50 ms', 'p99 ms'], rows.map(rowOf));
}

function rowOf([title, { p50Ms, p99Ms, errors, firstError }]: readonly [string, Latency]): string[] {
  return errors > 0
    ? [`${title}: FAILED, ${errors} errors, the first: ${firstError}`, '-', '-']
    : [title, formatSpread(p50Ms), formatSpread(p99Ms)];
}
