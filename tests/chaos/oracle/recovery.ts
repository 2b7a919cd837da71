import type { Fault } from '../inject-faults.ts';
import type { RunReport } from '../run-report.ts';
import type { UpstreamRequest } from '../upstream-record.ts';

export interface Recovery {
  /** Runs that a killed worker had in hand. */
  readonly runs: number;
  readonly p50Ms: number;
  readonly maxMs: number;
}

/** From the kill of a worker to the next sign of life of each run it held: an event for its client, or a new attempt. */
export function measureRecovery(
  reports: readonly RunReport[],
  requests: readonly UpstreamRequest[],
  faults: readonly Fault[],
): Recovery {
  const byTag = new Map(reports.map((report) => [report.plan.tag, report]));
  const delays = faults
    .filter(({ kind }) => kind === 'worker-kill')
    .flatMap(({ target, fromMs }) =>
      requests
        .filter(
          ({ worker, openedMs, closedMs }) =>
            worker === target && openedMs <= fromMs && (closedMs ?? fromMs) >= fromMs,
        )
        .flatMap(({ run }) => nextSign(byTag.get(run), requests, fromMs) ?? [])
        .map((signMs) => signMs - fromMs),
    )
    .toSorted((one, other) => one - other);
  return {
    runs: delays.length,
    p50Ms: delays[Math.floor(delays.length / 2)] ?? 0,
    maxMs: delays.at(-1) ?? 0,
  };
}

/** What was on its way when the worker died still arrives. */
const inFlightMs = 250;

function nextSign(
  report: RunReport | undefined,
  requests: readonly UpstreamRequest[],
  fromMs: number,
): number | undefined {
  if (report === undefined || report.endedMs <= fromMs + inFlightMs) return undefined;
  const events = report.connections.flatMap(({ records }) => records.map(({ atMs }) => atMs));
  const attempts = requests.filter(({ run }) => run === report.plan.tag).map(({ openedMs }) => openedMs);
  const signs = [...events, ...attempts, report.endedMs].filter((atMs) => atMs > fromMs + inFlightMs);
  return Math.min(...signs);
}
