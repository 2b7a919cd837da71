import { patienceMs } from '../ask-api.ts';
import { readData } from '../read-data.ts';
import type { RunReport, SeenRecord, StoredRun } from '../run-report.ts';
import { judgeText } from './judge-text.ts';
import { judgeReread, mergeRecords } from './merge-records.ts';
import type { Violation } from './violation.ts';

/** What the client of one run saw, held against what a run promises. */
export function judgeRun(report: RunReport): Violation[] {
  const { plan, end, connections, reread, stored } = report;
  const { tag } = plan;
  const { records, violations } = mergeRecords(connections, tag);
  const text = textOf(report, records);
  const completed = end.type === 'completed';
  return [
    ...violations,
    ...judgeText(text, { tag, tokens: plan.tokens, completed }),
    ...judgeEnds(records, tag),
    ...judgeTime(report),
    ...(reread === undefined ? [] : judgeSecondRead(report, records, reread)),
    ...(stored ?? []).flatMap((one) => judgeStored(report, text, one)),
    ...judgeCount(report),
  ];
}

function textOf({ answer }: RunReport, records: readonly { data: string }[]): string {
  if (answer !== undefined) return answer;
  return records
    .map(({ data }) => readData(data))
    .map((read) => (read.type === 'chunk' ? read.text : ''))
    .join('');
}

function judgeEnds(records: readonly { data: string }[], tag: string): Violation[] {
  const first = records.findIndex(({ data }) => readData(data).type !== 'chunk');
  const after = first < 0 ? 0 : records.length - 1 - first;
  return after === 0
    ? []
    : [{ counter: 'double_end', amount: 1, tag, detail: `${after} events after the end` }];
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
    const text = second.records
      .map(({ data }) => readData(data))
      .map((read) => (read.type === 'chunk' ? read.text : ''));
    const same = end.type !== 'completed' || text.join('') === report.answer;
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

/** A retried POST must meet the run that it has started before. */
function judgeCount({ plan, stored = [] }: RunReport): Violation[] {
  const { tag } = plan;
  const ids = stored.map((run) => run.runId);
  if (ids.length > 1)
    return [
      {
        counter: 'doubled',
        amount: 1,
        tag,
        detail: `one request became ${ids.length} runs: ${ids.join(', ')}`,
      },
    ];
  return [];
}

function judgeStored({ plan, end }: RunReport, text: string, stored: StoredRun): Violation[] {
  const { tag, tokens } = plan;
  const violations = judgeText(stored.text, { tag, tokens, completed: end.type === 'completed' }).map(
    (violation) => ({
      ...violation,
      detail: `in the log: ${violation.detail}`,
    }),
  );
  if (!stored.text.startsWith(text))
    violations.push({
      counter: 'lost',
      amount: 1,
      tag,
      detail: 'what the client has read is not what the log holds',
    });
  if (stored.ends === 0) violations.push({ counter: 'stuck', amount: 1, tag, detail: 'the log has no end' });
  if (stored.ends > 1 || stored.afterEnd > 0)
    violations.push({
      counter: 'double_end',
      amount: 1,
      tag,
      detail: `the log has ${stored.ends} ends and ${stored.afterEnd} events after the first`,
    });
  return violations;
}
