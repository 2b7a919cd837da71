import type { BatchEnd } from '../batch.ts';
import { runIdOf } from '../lines/line-ids.ts';
import { type LineResult, toFailure, toSuccess, toUndone } from '../lines/line-result.ts';
import { findRun, gatherRun } from '../lines/line-run.ts';
import type { OpenLine } from '../store/open-line.ts';
import { BatchLost } from './batch-lost.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';
import { toOpen } from './run-lines.ts';
import { writeResults } from './write-results.ts';

type EarlyEnd = Exclude<BatchEnd, 'completed'>;

const linesAtOnce = 256;
const chunkBytes = 1024 * 1024;

/**
 * Ends the lines of a batch that ends early: what was done stands in the files as usual, everything else in the error file as not
 * done. Throws as `writeResults`, and `file_not_found`.
 */
export async function closeLines(parts: DriveParts, driving: Driving, end: EarlyEnd): Promise<void> {
  await closeOpenLines(parts, driving, end);
  let next: typeof driving.batch.cursor | undefined = driving.batch.cursor;
  while (next !== undefined) next = await closeWindow(parts, driving, { from: next, end });
}

/** Ends the runs of lines that are under way, without a word about them. */
export async function endRuns(
  parts: DriveParts,
  driving: Pick<Driving, 'held' | 'record' | 'signal' | 'logger'>,
): Promise<void> {
  for (const line of await readOpenLines(parts, driving)) {
    await persistently(driving.signal, () => endRun(parts, driving, line, 'failed'));
  }
}

function readOpenLines(
  { store }: DriveParts,
  { held, signal }: Pick<Driving, 'held' | 'signal'>,
): Promise<readonly OpenLine[]> {
  return persistently(signal, () => store.readOpenLines(held.id));
}

async function closeOpenLines(parts: DriveParts, driving: Driving, end: EarlyEnd): Promise<void> {
  const open = await readOpenLines(parts, driving);
  for (let at = 0; at < open.length; at += linesAtOnce) {
    const close = (line: OpenLine) =>
      persistently(driving.signal, () => closeLine(parts, driving, line, end));
    const results = await Promise.all(open.slice(at, at + linesAtOnce).map(close));
    await writeResults(parts, driving, results);
  }
}

async function closeLine(
  parts: DriveParts,
  driving: Driving,
  line: OpenLine,
  end: EarlyEnd,
): Promise<LineResult> {
  const undone = toUndone(driving.record, line, end);
  const outcome = await endRun(parts, driving, line, end);
  if (outcome !== 'already-ended') return undone;
  const runId = runIdOf(driving.record, line, parts.partitioning);
  return (await readResult(parts, driving, line)) ?? { ...undone, runId };
}

async function endRun(
  { log, queue, partitioning }: DriveParts,
  { record, logger }: Pick<Driving, 'record' | 'logger'>,
  line: OpenLine,
  end: EarlyEnd,
) {
  const runId = runIdOf(record, line, partitioning);
  const outcome = await log.end(runId, {
    reason: 'cancelled',
    by: end === 'expired' ? 'deadline' : 'client',
  });
  if (outcome === 'ended') {
    // A worker that meets it finds it ended.
    queue.remove(runId).catch((error: unknown) => logger.warn({ err: error, runId }, 'run.dequeue-failed'));
  }
  return outcome;
}

/** The result of a run that had ended by itself; undefined when it was cut. */
async function readResult(
  parts: DriveParts,
  { record, signal }: Driving,
  line: OpenLine,
): Promise<LineResult | undefined> {
  const runId = runIdOf(record, line, parts.partitioning);
  const encoding = await findRun(parts, runId);
  if (encoding === undefined) return undefined;
  const events = parts.follower.follow(runId, { afterSeq: 0, fresh: false, signal });
  const gathered = await gatherRun(encoding, events);
  signal.throwIfAborted();
  if (gathered === undefined || gathered.end.reason === 'cancelled') return undefined;
  const { end, gatherer } = gathered;
  const answered = { line, runId, usage: end.usage };
  return end.reason === 'completed'
    ? toSuccess(record, answered, gatherer.finish(end))
    : toFailure(record, answered, gatherer.fail(end));
}

async function closeWindow(
  parts: DriveParts,
  driving: Driving,
  { from, end }: { readonly from: Driving['batch']['cursor']; readonly end: EarlyEnd },
) {
  const { held, record, input, signal } = driving;
  const bounds = { maxLines: linesAtOnce, maxBytes: chunkBytes };
  const window = await persistently(signal, () => input.readWindow(from, bounds, signal));
  const lines = window.lines.flatMap((line) => toOpen(line, record.endpoint)?.line ?? []);
  const last = window.lines.at(-1);
  if (last !== undefined) {
    const to = { offset: last.end, number: last.number + 1 };
    const outcome = await persistently(signal, () => parts.store.take(held, { from, to, lines }));
    if (outcome === 'fenced') throw new BatchLost();
  }
  if (lines.length > 0) {
    await writeResults(
      parts,
      driving,
      lines.map((line) => toUndone(record, line, end)),
    );
  }
  return window.next;
}
