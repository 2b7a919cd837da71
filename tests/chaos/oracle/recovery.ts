import type { Fault } from '../inject-faults.ts';
import type { RunReport } from '../run-report.ts';
import type { UpstreamRequest } from '../upstream-record.ts';

export interface Recovery {
  /** Runs that a killed worker had in hand. */
  readonly runs: number;
  readonly p50Ms: number;
  readonly maxMs: number;
  /** The run that waited longest. */
  readonly slowest: string;
}

/** From the kill of a worker to the next sign of life of each run it held: an event for its client, or a new attempt. */
export function measureRecovery(
  reports: readonly RunReport[],
  requests: readonly UpstreamRequest[],
  faults: readonly Fault[],
): Recovery {
  const byTag = new Map(reports.map((report) => [report.plan.tag, report]));
  const waits = faults
    .filter(({ kind }) => kind === 'worker-kill')
    .flatMap(({ target, fromMs }) =>
      heldBy(target, fromMs, requests).flatMap((tag) => {
        const signMs = nextSign(byTag.get(tag), requests, fromMs);
        return signMs === undefined ? [] : [{ tag, waitMs: signMs - fromMs }];
      }),
    )
    .toSorted((one, other) => one.waitMs - other.waitMs);
  const slowest = waits.at(-1);
  return {
    runs: waits.length,
    p50Ms: waits[Math.floor(waits.length / 2)]?.waitMs ?? 0,
    maxMs: slowest?.waitMs ?? 0,
    slowest: slowest?.tag ?? 'none',
  };
}

/** The runs for which a worker was asking the upstream at that time. */
function heldBy(name: string, atMs: number, requests: readonly UpstreamRequest[]): string[] {
  const held = requests.filter(
    ({ worker, openedMs, closedMs }) => worker === name && openedMs <= atMs && (closedMs ?? atMs) >= atMs,
  );
  return [...new Set(held.map(({ run }) => run))];
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
