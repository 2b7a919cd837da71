import type { Connection, SeenRecord } from '../run-report.ts';
import type { Violation } from './violation.ts';

/**
 * The events of a run as its client put them together from its connections, in the order of their ids. Each connection must
 * go on right after the cursor that it was given, and say what earlier ones have said.
 */
export function mergeRecords(connections: readonly Connection[], tag: string) {
  const merged = new Map<number, string>();
  const violations: Violation[] = [];
  for (const connection of connections) {
    for (const violation of mergeConnection(connection, merged, tag)) violations.push(violation);
  }
  const ids = [...merged.keys()].toSorted((one, other) => one - other);
  return { records: ids.map((id) => ({ id, data: merged.get(id) ?? '' })), violations };
}

function* mergeConnection(
  { afterId, records }: Connection,
  merged: Map<number, string>,
  tag: string,
): Generator<Violation> {
  let last = afterId;
  for (const { id, data } of records) {
    if (id === undefined) continue;
    if (id <= last) yield { counter: 'doubled', amount: 1, tag, detail: `event ${id} follows event ${last}` };
    if (id > last + 1)
      yield { counter: 'lost', amount: id - last - 1, tag, detail: `event ${id} follows event ${last}` };
    last = Math.max(last, id);
    const before = merged.get(id);
    if (before !== undefined && before !== data)
      yield {
        counter: 'reordered',
        amount: 1,
        tag,
        detail: `event ${id} was ${cut(before)} and is now ${cut(data)}`,
      };
    if (before === undefined) merged.set(id, data);
  }
}

/** A second full read must give the same bytes; it may go on where the client was away. */
export function judgeReread(
  first: readonly Pick<SeenRecord, 'id' | 'data'>[],
  second: readonly Pick<SeenRecord, 'id' | 'data'>[],
  { tag, ended }: { tag: string; ended: boolean },
): Violation[] {
  const differs = first.findIndex(
    ({ id, data }, index) => second[index]?.id !== id || second[index]?.data !== data,
  );
  if (differs >= 0 && differs >= second.length)
    return [
      {
        counter: 'lost',
        amount: first.length - second.length,
        tag,
        detail: `the second read ends after ${second.length} events`,
      },
    ];
  if (differs >= 0) {
    const detail = `the second read differs at event ${differs + 1}: ${cut(first[differs]?.data)} became ${cut(second[differs]?.data)}`;
    return [{ counter: 'reordered', amount: 1, tag, detail }];
  }
  if (ended && second.length > first.length)
    return [
      {
        counter: 'double_end',
        amount: 1,
        tag,
        detail: `the second read has ${second.length - first.length} events after the end`,
      },
    ];
  return [];
}

function cut(data = 'nothing'): string {
  return data.length > 300 ? `${data.slice(0, 300)}…` : data;
}
