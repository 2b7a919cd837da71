import { type ChaosSettings, replayCommand } from './chaos-settings.ts';
import { measureRecovery } from './oracle/recovery.ts';
import type { Verdict } from './oracle/verdict.ts';
import { counters, type Violation } from './oracle/violation.ts';
import type { Observed } from './run-suite.ts';

const shownViolations = 25;

/** What is printed at the end: details of what was violated, figures, and the closing line. */
export function describeVerdict(observed: Observed, verdict: Verdict, settings: ChaosSettings): string[] {
  const { violations, totals, runs, tokens } = verdict;
  const { seed } = settings;
  const zeros = counters.map((counter) => `${counter}=${totals[counter]}`).join(' ');
  const shown = settings.baseline ? [] : violations.slice(0, shownViolations);
  return [
    ...shown.flatMap((violation) => describeViolation(violation, observed)),
    ...(violations.length > shown.length ? [`… ${violations.length - shown.length} more violations`] : []),
    ...(observed.unexpectedEnds > 0
      ? [`${observed.unexpectedEnds} processes ended without having been told to`]
      : []),
    `faults: ${countNames(observed.faults.map(({ kind }) => kind))}`,
    `${describeRecovery(observed)} · ends: ${join(verdict.ends)}`,
    ...(violations.length > 0 ? [`replay: ${replayCommand(settings)}`] : []),
    `seed=${seed} runs=${runs} tokens=${tokens} faults=${observed.faults.length} ${zeros}`,
  ];
}

function describeViolation(
  { counter, amount, tag, detail }: Violation,
  { reports, upstream, faults }: Observed,
): string[] {
  const report = reports.find(({ plan, runId }) => plan.tag === tag || runId === tag);
  const head = `VIOLATION ${counter}=${amount} ${tag} ${report?.runId ?? ''}: ${detail}`;
  if (report === undefined) return [head];
  const since = (ms: number | undefined) => (ms === undefined ? 'never' : `${ms - report.startedMs}ms`);
  const { plan, end } = report;
  const requests = upstream.requests.filter(({ run }) => run === plan.tag);
  const near = faults.filter(
    ({ fromMs, toMs }) => fromMs <= report.endedMs && toMs >= report.startedMs - 2000,
  );
  return [
    head,
    `  ${JSON.stringify({ ...plan, end, tookMs: report.endedMs - report.startedMs })}`,
    ...report.connections.map(
      ({ afterId, openedMs, closedMs, records }) =>
        `  connection ${since(openedMs)}–${since(closedMs)} after event ${afterId}: ${records.length} events`,
    ),
    ...requests.map(
      ({ attempt, worker, openedMs, closedMs, state }) =>
        `  attempt ${attempt} at ${worker} ${since(openedMs)}–${since(closedMs)} ${state}`,
    ),
    ...near.map(
      ({ kind, target, fromMs, toMs }) => `  fault ${kind} of ${target} ${since(fromMs)}–${since(toMs)}`,
    ),
  ];
}

function describeRecovery({ reports, upstream, faults }: Observed): string {
  const { runs, p50Ms, maxMs } = measureRecovery(reports, upstream.requests, faults);
  return `recovery after a worker kill: runs=${runs} p50=${p50Ms}ms max=${maxMs}ms`;
}

function countNames(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return join(counts);
}

function join(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted()
    .map(([name, count]) => `${name}=${count}`)
    .join(' ');
}
