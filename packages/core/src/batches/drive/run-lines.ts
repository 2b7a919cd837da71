import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileLine, LinePlace } from '../../files/read-lines.ts';
import { parseLine } from '../input/parse-line.ts';
import type { FreshBody } from '../lines/run-line.ts';
import type { OpenLine } from '../store/open-line.ts';
import { BatchLost } from './batch-lost.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';
import { OpenLines } from './open-lines.ts';
import { writeResults } from './write-results.ts';

const lookEveryMs = 1000;
const chunkBytes = 256 * 1024;
const linesPerTurn = 8;

/**
 * Runs the lines of a batch that is in progress, those that others have begun first, and writes their results while others run.
 * `done`: every line has its result. `stopped`: the batch is to end before. Throws BatchLost, ResultsDeleted, `file_not_found` and
 * the signal's reason.
 */
export async function runLines(parts: DriveParts, driving: Driving): Promise<'done' | 'stopped'> {
  using lines = new OpenLines(parts, driving);
  const begun = await persistently(driving.signal, () => parts.store.readOpenLines(driving.held.id));
  for (const line of begun) lines.start(line);
  let next: LinePlace | undefined = driving.batch.cursor;
  for (;;) {
    lines.throwIfFailed();
    if (driving.isCancelled() || parts.now() >= driving.record.expiresAt * 1000) return 'stopped';
    if (lines.isWriteDue) await writeResults(parts, driving, lines.takeFinished());
    if (next !== undefined && lines.room > 0) {
      next = await parts.inTurn(() => beginLines(parts, driving, { lines, from: next }));
    } else if (next === undefined && lines.isEmpty) return 'done';
    else if (!lines.isWriteDue) await lines.news(lookEveryMs);
  }
}

/** Puts the next lines under way; gives where those behind them begin. */
async function beginLines(
  parts: DriveParts,
  driving: Driving,
  { lines, from }: { readonly lines: OpenLines; readonly from: LinePlace | undefined },
): Promise<LinePlace | undefined> {
  const { signal, room } = lines;
  if (from === undefined || room === 0) return from;
  const bounds = { maxLines: room, maxBytes: Math.min(chunkBytes, parts.share().inputBytes) };
  const window = await persistently(signal, () => driving.input.readWindow(from, bounds, signal));
  const taken = window.lines.flatMap((line) => toOpen(line, driving.record.endpoint) ?? []);
  const last = window.lines.at(-1);
  if (last !== undefined) {
    const to = { offset: last.end, number: last.number + 1 };
    const entries = taken.map(({ line }) => line);
    const outcome = await persistently(signal, () =>
      parts.store.take(driving.held, { from, to, lines: entries }),
    );
    if (outcome === 'fenced') throw new BatchLost();
  }
  for (const [index, { line, fresh }] of taken.entries()) {
    // Whatever else the process serves is not to wait for all of them, nor are other commands to Redis.
    if (index > 0 && index % linesPerTurn === 0) await nextTurn();
    lines.start(line, fresh);
  }
  return window.next;
}

/** A line as it is put under way; undefined for a blank one. */
export function toOpen(
  line: FileLine,
  endpoint: string,
): { readonly line: OpenLine; readonly fresh: FreshBody } | undefined {
  if (line.kind === 'text' && line.text.trim() === '') return undefined;
  const parsed = line.kind === 'text' ? parseLine(line.text, endpoint) : undefined;
  if (parsed?.outcome !== 'line') throw new Error(`Line ${line.number} is not what was validated.`);
  const { customId, body } = parsed.line;
  const { number, offset, end } = line;
  return { line: { number, offset, end, customId, attempt: 0, notBeforeMs: 0 }, fresh: { body } };
}
