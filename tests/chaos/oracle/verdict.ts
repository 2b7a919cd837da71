import { stuckAfterMs } from '../clients/ask-api.ts';
import { textIn } from '../clients/read-data.ts';
import type { Fault } from '../inject-faults.ts';
import type { RunReport } from '../run-report.ts';
import type { Observed } from '../run-suite.ts';
import { judgeBaselineRun } from './judge-baseline.ts';
import { judgeBatch } from './judge-batch.ts';
import { judgeCode } from './judge-code.ts';
import { judgeRun } from './judge-run.ts';
import { countTokens } from './judge-text.ts';
import { judgeUpstream } from './judge-upstream.ts';
import { sumUp, type Totals, type Violation } from './violation.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly totals: Totals;
  /** Runs that count: those whose POST was answered, or could be repeated. */
  readonly runs: number;
  /** Tokens that clients were given. */
  readonly tokens: number;
  /** Runs that would have had the time, and waited for it up to their deadline. */
  readonly starved: number;
  /** How many runs ended in which way. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Judges all that was seen; with plain pub/sub only what reached the clients. */
export function reachVerdict(
  { reports, batches, faults, upstream, stuck }: Observed,
  baseline: boolean,
): Verdict {
  const judgeStrictly = (report: RunReport) => {
    const requests = upstream.requests.filter(({ run }) => run === report.plan.tag);
    const verdict = [...judgeRun(report), ...judgeCode(report, { faults, requests })];
    return endedInOutage(report, faults) ? verdict.filter(({ counter }) => counter !== 'stuck') : verdict;
  };
  const violations = [
    ...reports.flatMap((report) => (baseline ? judgeBaselineRun(report) : judgeStrictly(report))),
    ...batches.flatMap(judgeBatch),
    ...judgeUpstream(upstream, baseline ? [] : reports, faults),
    ...stuck,
  ];
  const counted = reports.filter(({ end }) => !['unanswered', 'refused', 'stopped'].includes(end.type));
  const ends = new Map<string, number>();
  for (const { end } of reports) {
    const name = end.type === 'error' || end.type === 'refused' ? `${end.type}:${end.code}` : end.type;
    ends.set(name, (ends.get(name) ?? 0) + 1);
  }
  const tokens = counted.reduce((sum, report) => sum + tokensOf(report), 0);
  const starved = counted.filter(isStarved).length;
  return { violations, totals: sumUp(violations), runs: counted.length, tokens, starved, ends };
}

function isStarved({ plan, end }: RunReport): boolean {
  const codes = ['deadline_exceeded', 'rate_limit_exceeded', 'server_is_overloaded'];
  return plan.behaviour.type !== 'hasty' && end.type === 'error' && codes.includes(end.code);
}

/** While Redis is away nobody can be given an end; that the run has one all the same is judged by what is stored. */
function endedInOutage({ endedMs }: RunReport, faults: readonly Fault[]): boolean {
  return faults.some(
    ({ kind, fromMs, toMs }) => kind === 'redis-stop' && fromMs <= endedMs && toMs >= endedMs - stuckAfterMs,
  );
}

function tokensOf({ answer, connections }: RunReport): number {
  if (answer !== undefined) return countTokens(answer);
  const texts = new Map<number, string>();
  for (const { id, data } of connections.flatMap(({ records }) => records)) {
    if (id !== undefined) texts.set(id, textIn(data));
  }
  return countTokens([...texts.values()].join(''));
}
