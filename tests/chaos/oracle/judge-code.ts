import type { Fault } from '../inject-faults.ts';
import type { RunReport } from '../run-report.ts';
import type { UpstreamRequest } from '../upstream-record.ts';
import type { Violation } from './violation.ts';

/** The product's default DISCONNECT_GRACE_MS, less what a disconnect takes to be noticed. */
const awayMs = 1500;
const deadlineSlackMs = 1000;

/**
 * A run may end in an error only for a reason that the suite has given: its worker was disturbed, it was cancelled, its
 * upstream was cut, its time was short. An answer lost for no reason counts as lost.
 */
export function judgeCode(
  report: RunReport,
  { faults, requests }: { faults: readonly Fault[]; requests: readonly UpstreamRequest[] },
): Violation[] {
  const { end, plan } = report;
  if (end.type !== 'error' || isExplained(end.code, report, faults, requests)) return [];
  return [
    { counter: 'lost', amount: 1, tag: plan.tag, detail: `ended with ${end.code} and nothing explains it` },
  ];
}

function isExplained(
  code: string,
  report: RunReport,
  faults: readonly Fault[],
  requests: readonly UpstreamRequest[],
): boolean {
  const { behaviour, deadlineMs } = report.plan;
  switch (code) {
    case 'worker_lost':
      return workerWasDisturbed(report, faults, requests);
    case 'run_cancelled':
      return behaviour.type === 'cancel' || wasAway(report);
    case 'upstream_cut':
      return behaviour.type === 'cut';
    case 'deadline_exceeded':
    // It has waited for its provider all that time: some are told to come back later, and a dead worker's calls count for a while.
    case 'rate_limit_exceeded':
    case 'server_is_overloaded':
      return (
        report.endedMs - (report.connections[0]?.openedMs ?? report.startedMs) >= deadlineMs - deadlineSlackMs
      );
    case 'tool_outcome_unknown':
      return behaviour.type === 'tool' && workerWasDisturbed(report, faults, requests);
    default:
      return false;
  }
}

/** One that asked the upstream for this run; any, when none came so far. */
function workerWasDisturbed(
  { startedMs, endedMs }: RunReport,
  faults: readonly Fault[],
  requests: readonly UpstreamRequest[],
): boolean {
  const workers = new Set(requests.map(({ worker }) => worker));
  return faults.some(
    ({ kind, target, fromMs, toMs }) =>
      kind.startsWith('worker-') &&
      (workers.size === 0 || workers.has(target)) &&
      fromMs <= endedMs &&
      toMs >= startedMs,
  );
}

/** Nobody read the run for so long that it counts as left: possible only while a client looks for an API that answers. */
function wasAway({ connections, endedMs }: RunReport): boolean {
  return connections.some(({ closedMs }, index) => {
    const next = connections.slice(index + 1).find(({ records }) => records.length > 0);
    return (next?.records[0]?.atMs ?? endedMs) - closedMs >= awayMs;
  });
}
