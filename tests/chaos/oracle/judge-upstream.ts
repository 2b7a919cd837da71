import type { Fault } from '../inject-faults.ts';
import type { RunReport } from '../run-report.ts';
import type { UpstreamReport, UpstreamRequest } from '../upstream-record.ts';
import type { Violation } from './violation.ts';

/** How long a worker may take to learn that its run is over, and to hang up. */
const hangUpMs = 5000;
/** The product's default DISCONNECT_GRACE_MS. */
const graceMs = 2000;
/** How long it takes until a worker sees that nobody listens to a run, when the API that should have told is dead. */
const absenceMs = 20_000;
/** How soon a client notices that its API was killed. */
const noticeMs = 500;

/** Upstream requests that went on after their run was over, and tools that ran twice. */
export function judgeUpstream(
  upstream: UpstreamReport,
  reports: readonly RunReport[],
  faults: readonly Fault[],
): Violation[] {
  const byTag = new Map(reports.map((report) => [report.plan.tag, report]));
  const orphans = upstream.requests.flatMap((request) =>
    judgeRequest(request, byTag.get(request.run), faults),
  );
  return [...orphans, ...judgeTools(upstream)];
}

function judgeRequest(
  request: UpstreamRequest,
  report: RunReport | undefined,
  faults: readonly Fault[],
): Violation[] {
  const { run: tag, attempt, worker, closedMs, openedMs } = request;
  const tell = (detail: string): Violation[] => [
    { counter: 'orphan', amount: 1, tag, detail: `attempt ${attempt} of ${worker} ${detail}` },
  ];
  if (closedMs === undefined) return tell('still runs after everything is over');
  const endMs = report === undefined ? undefined : endOf(report, faults);
  if (endMs === undefined) return [];
  const allowedMs = hangUpBy(Math.max(endMs, openedMs), worker, faults);
  return closedMs <= allowedMs ? [] : tell(`ran on for ${closedMs - endMs} ms after the run's end`);
}

/** When the run was over; undefined where nobody can say. */
function endOf({ end, endedMs, connections }: RunReport, faults: readonly Fault[]): number | undefined {
  switch (end.type) {
    case 'completed':
    case 'error':
      return endedMs;
    case 'left': {
      // An API or a store that was disturbed in the grace period may have forgotten to cancel; the deadline is then the end.
      const leftMs = connections.at(-1)?.closedMs ?? endedMs;
      const disturbed = faults.some(
        ({ kind, fromMs, toMs }) =>
          !kind.startsWith('worker-') &&
          kind !== 'slow-client' &&
          fromMs <= leftMs + graceMs + 1000 &&
          toMs >= leftMs - 1000,
      );
      if (disturbed) return undefined;
      return leftMs + (wasReadByTheDead(connections, faults) ? absenceMs : graceMs);
    }
    default:
      return undefined;
  }
}

/** An API that is killed under a stream cannot say any more that it does not follow the run. */
function wasReadByTheDead(connections: RunReport['connections'], faults: readonly Fault[]): boolean {
  return faults.some(
    ({ kind, fromMs }) =>
      kind === 'api-kill' &&
      connections.some(
        ({ openedMs, closedMs }) => openedMs <= fromMs && Math.abs(closedMs - fromMs) <= noticeMs,
      ),
  );
}

/** Later while the worker is stopped, or has no store to hear the news from. */
function hangUpBy(fromMs: number, worker: string, faults: readonly Fault[]): number {
  let byMs = fromMs + hangUpMs;
  for (const { target, fromMs: faultMs, toMs } of faults) {
    if ((target === worker || target === 'redis') && faultMs <= byMs) byMs = Math.max(byMs, toMs + hangUpMs);
  }
  return byMs;
}

/** In whatever run: whoever repeats a request by its key does not want it done twice. */
function judgeTools({ tools }: UpstreamReport): Violation[] {
  return [...Map.groupBy(tools, ({ run }) => run)].flatMap(([tag, times]): Violation[] => {
    const calls = times.map(({ callId }) => callId).join(', ');
    const detail = `its tool ran ${times.length} times: ${calls}`;
    return times.length === 1 ? [] : [{ counter: 'tool_doubled', amount: times.length - 1, tag, detail }];
  });
}
