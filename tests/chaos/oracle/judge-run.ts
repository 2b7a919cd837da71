import { patienceMs } from '../clients/ask-api.ts';
import { isEnd, readData, textIn } from '../clients/read-data.ts';
import type { RunPlan } from '../plan-runs.ts';
import type { RunReport, SeenRecord, StoredRun } from '../run-report.ts';
import { judgeText } from './judge-text.ts';
import { judgeReread, mergeRecords } from './merge-records.ts';
import type { Violation } from './violation.ts';

/** What the client of one run saw, held against what a run promises. */
export function judgeRun(report: RunReport): Violation[] {
  const { plan, end, connections, superseded, reread, stored } = report;
  const { tag } = plan;
  const { records, violations } = mergeRecords(connections, tag);
  const text = textOf(report, records);
  const completed = end.type === 'completed';
  return [
    ...violations,
    ...judgeText(text, { ...expectedText(plan), completed }),
    ...judgeEnds(records, tag),
    ...judgeNumbers(records, tag),
    ...judgeTime(report),
    ...(reread === undefined ? [] : judgeSecondRead(report, records, reread)),
    ...superseded.flatMap((run) => mergeRecords(run.connections, tag).violations),
    ...(stored ?? []).flatMap((run) => judgeStored(report, run)),
    ...judgeCount(report),
  ];
}

function expectedText({ tag, tokens, behaviour }: RunPlan) {
  return { tag, tokens, stepEnd: behaviour.type === 'tool' ? behaviour.afterToken : undefined };
}

function textOf({ answer }: Pick<RunReport, 'answer'>, records: readonly { data: string }[]): string {
  if (answer !== undefined) return answer;
  return records.map(({ data }) => textIn(data)).join('');
}

function judgeEnds(records: readonly { data: string }[], tag: string): Violation[] {
  const first = records.findIndex(({ data }) => isEnd(readData(data)));
  const after = first < 0 ? 0 : records.length - 1 - first;
  return after === 0
    ? []
    : [{ counter: 'double_end', amount: 1, tag, detail: `${after} events after the end` }];
}

/** The events of a Response say their number too. */
function judgeNumbers(records: readonly { id: number; data: string }[], tag: string): Violation[] {
  return records.flatMap(({ id, data }): Violation[] => {
    const read = readData(data);
    if (!('sequence' in read) || read.sequence === id - 1) return [];
    const detail = `event ${id} says that it has the number ${read.sequence}`;
    return [{ counter: 'reordered', amount: 1, tag, detail }];
  });
}

function judgeTime({ plan, end, startedMs, endedMs }: RunReport): Violation[] {
  const { tag } = plan;
  if (end.type === 'vanished')
    return [{ counter: 'lost', amount: 1, tag, detail: `the run is not known any more (${end.status})` }];
  if (end.type === 'stuck')
    return [
      {
        counter: 'stuck',
        amount: 1,
        tag,
        detail: `no end after ${endedMs - startedMs} ms (${patienceMs(plan)} are allowed)`,
      },
    ];
  return [];
}

function judgeSecondRead(
  report: RunReport,
  records: readonly SeenLike[],
  reread: readonly SeenRecord[],
): Violation[] {
  const { plan, end, connections } = report;
  const { tag } = plan;
  const second = mergeRecords([{ afterId: 0, records: [...reread], openedMs: 0, closedMs: 0 }], tag);
  if (connections.length === 0) {
    const same = end.type !== 'completed' || textOf({}, second.records) === report.answer;
    const differs: Violation = {
      counter: 'reordered',
      amount: 1,
      tag,
      detail: 'the stream of the run differs from its JSON answer',
    };
    return same ? second.violations : [...second.violations, differs];
  }
  const ended = end.type === 'completed' || (end.type === 'error' && end.inBand);
  return [...second.violations, ...judgeReread(records, second.records, { tag, ended })];
}

type SeenLike = Pick<SeenRecord, 'id' | 'data'>;

/** A retried POST must meet the run that it has started before, unless that has failed in a way that frees its key. */
function judgeCount({ plan, stored = [] }: RunReport): Violation[] {
  const { tag, keyed } = plan;
  const needless = stored.slice(0, -1).filter(({ mayRetry }) => !keyed || !mayRetry);
  return needless.map(({ runId }) => ({
    counter: 'doubled',
    amount: 1,
    tag,
    detail: `one request became ${stored.length} runs though ${runId} stands`,
  }));
}

function judgeStored(report: RunReport, stored: StoredRun): Violation[] {
  const { plan, end, runId } = report;
  const { tag } = plan;
  const isLast = stored.runId === runId;
  const completed = isLast && end.type === 'completed';
  const violations = judgeText(stored.text, { ...expectedText(plan), completed }).map((violation) => ({
    ...violation,
    detail: `in the log: ${violation.detail}`,
  }));
  const tell = (counter: Violation['counter'], detail: string) =>
    violations.push({ counter, amount: 1, tag, detail: `${detail} (${stored.runId})` });
  if (!stored.text.startsWith(readOf(report, stored.runId)))
    tell('lost', 'what the client has read is not what the log holds');
  if (stored.ends === 0) tell('stuck', 'the log has no end');
  if (stored.ends > 1 || stored.afterEnd > 0)
    tell('double_end', `the log has ${stored.ends} ends and ${stored.afterEnd} events after the first`);
  return violations;
}

/** What the client has read of one of the runs. */
function readOf(report: RunReport, runId: string): string {
  if (runId === report.runId) return textOf(report, mergeRecords(report.connections, '').records);
  const earlier = report.superseded.find((run) => run.runId === runId)?.connections ?? [];
  return textOf({}, mergeRecords(earlier, '').records);
}
