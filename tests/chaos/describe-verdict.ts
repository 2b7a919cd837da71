import { type ChaosSettings, replayCommand } from './chaos-settings.ts';
import { measureRecovery, type Waits } from './oracle/recovery.ts';
import type { Verdict } from './oracle/verdict.ts';
import { counters, type Violation } from './oracle/violation.ts';
import type { RunReport } from './run-report.ts';
import type { Observed } from './run-suite.ts';

const shownRuns = 12;
const shownDetails = 4;
const shownFaults = 16;

/** What is printed at the end: details of what was violated, figures, and the closing line. */
export function describeVerdict(observed: Observed, verdict: Verdict, settings: ChaosSettings): string[] {
  const { violations, totals, runs, tokens, starved } = verdict;
  const { seed } = settings;
  const { batches } = observed;
  const zeros = counters.map((counter) => `${counter}=${totals[counter]}`).join(' ');
  // The rarest kind first: one cause often loses many runs.
  const rarestFirst = violations.toSorted(
    (one, other) => counters.indexOf(other.counter) - counters.indexOf(one.counter),
  );
  const byTag = Map.groupBy(rarestFirst, ({ tag }) => tag);
  const shown = settings.baseline ? [] : [...byTag].slice(0, shownRuns);
  return [
    ...shown.flatMap(([tag, ofRun]) => describeRun(tag, ofRun, observed)),
    ...(byTag.size > shown.length
      ? [`${byTag.size - shown.length} ${shown.length > 0 ? 'more ' : ''}runs with violations`]
      : []),
    ...(observed.unexpectedEnds > 0
      ? [`${observed.unexpectedEnds} processes ended without having been told to`]
      : []),
    `faults: ${countNames(observed.faults.map(({ kind }) => kind))}`,
    ...(violations.length > 0 ? [`replay: ${replayCommand(settings)}`] : []),
    ...describeRecovery(observed),
    `${describeWork(observed)} · ends: ${join(verdict.ends)}`,
    `seed=${seed} runs=${runs} tokens=${tokens} faults=${observed.faults.length} ${zeros} starved=${starved} batches=${batches.length}`,
  ];
}

function describeRun(tag: string, violations: readonly Violation[], observed: Observed): string[] {
  const report = observed.reports.find(({ plan, runId }) => plan.tag === tag || runId === tag);
  return [
    `VIOLATION in run ${tag} ${report?.runId ?? ''}`,
    ...violations
      .slice(0, shownDetails)
      .map(({ counter, amount, detail }) => `  ${counter}=${amount}: ${detail}`),
    ...(violations.length > shownDetails ? [`  … ${violations.length - shownDetails} more`] : []),
    ...(report === undefined ? [] : describeLife(report, observed)),
  ];
}

function describeLife(report: RunReport, { upstream, faults }: Observed): string[] {
  const { plan, end, endedMs, startedMs } = report;
  const since = (ms: number | undefined) => (ms === undefined ? 'never' : `${ms - startedMs}ms`);
  const requests = upstream.requests.filter(({ run }) => run === plan.tag);
  const near = faults.filter(({ fromMs, toMs }) => fromMs <= endedMs && toMs >= startedMs - 2000);
  return [
    `  ${JSON.stringify({ ...plan, end, tookMs: endedMs - startedMs })}`,
    ...[...report.superseded.flatMap((run) => run.connections), ...report.connections].map(
      ({ afterId, openedMs, closedMs, records }) =>
        `  connection ${since(openedMs)}–${since(closedMs)} after event ${afterId}: ${records.length} events`,
    ),
    ...requests.map(
      ({ attempt, worker, openedMs, closedMs, state }) =>
        `  attempt ${attempt} at ${worker} ${since(openedMs)}–${since(closedMs)} ${state}`,
    ),
    ...(report.stored ?? []).map(
      ({ runId, createdMs, ends, afterEnd }) =>
        `  stored ${runId} from ${since(createdMs)}: ${ends} ends, ${afterEnd} events after the first`,
    ),
    ...near
      .slice(-shownFaults)
      .map(
        ({ kind, target, fromMs, toMs }) => `  fault ${kind} of ${target} ${since(fromMs)}–${since(toMs)}`,
      ),
  ];
}

function describeWork({ reports, upstream }: Observed): string {
  const asked = countNames(reports.map(({ plan }) => (plan.background ? 'background' : plan.format)));
  const further = reports.reduce((sum, { superseded }) => sum + superseded.length, 0);
  return `asked: ${asked} · upstream requests=${upstream.requests.length} refused=${upstream.refused} tools=${upstream.tools.length} runs for a freed key=${further}`;
}

function describeRecovery({ reports, upstream, faults }: Observed): string[] {
  const { single, overlapping } = measureRecovery(reports, upstream.requests, faults);
  const describe = ({ runs, p50Ms, maxMs, slowest }: Waits) =>
    `runs=${runs} p50=${p50Ms}ms max=${maxMs}ms (${slowest})`;
  return [
    `recovery after a worker kill: ${describe(single)}`,
    `recovery after a worker kill, with a further fault of a worker or of Redis in the 12 s after: ${describe(overlapping)}`,
  ];
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
