import { wait } from '../../async/wait.ts';
import type { SseEvent } from '../../completions/sse-event.ts';
import type { Files } from '../../files/file-service.ts';
import { type FileLine, readLines } from '../../files/read-lines.ts';
import type { FileId } from '../../ids.ts';
import { type BatchRecord, hasEnded } from '../batch.ts';
import type { BatchSegment, BatchStore, SegmentPart } from '../store/batch-store.ts';

export interface FollowResultsParts {
  readonly store: Pick<BatchStore, 'get' | 'readSegments'>;
  readonly files: Pick<Files, 'get' | 'read'>;
}

export interface FollowResultsOptions {
  /** The number of the last result that the reader has seen; 0 for none. */
  readonly after: number;
  readonly signal: AbortSignal;
}

const lookEveryMs = 500;
const eventsAtOnce = 64;
const maxLineBytes = 256 * 1024 * 1024;

/**
 * The results of a batch in the order in which they were written, those of both files, numbered from 1, and `[DONE]` when it has
 * ended. Ends early when the signal aborts. Iterating throws `file_not_found` when a file was deleted.
 */
export async function* followResults(
  parts: FollowResultsParts,
  { tenant, id }: Pick<BatchRecord, 'tenant' | 'id'>,
  { after, signal }: FollowResultsOptions,
): AsyncGenerator<readonly SseEvent[]> {
  let number = 0;
  for (let index = 0; !signal.aborted; ) {
    // Looked at before the results, so that none can follow an end.
    const batch = await parts.store.get(tenant, id);
    const segments = await parts.store.readSegments(id, index);
    index += segments.length;
    if (batch === undefined || (segments.length === 0 && hasEnded(batch.status))) {
      if (after <= number) yield [{ id: number + 1, data: '[DONE]' }];
      return;
    }
    if (segments.length === 0) {
      // So that whoever reads notices that nobody wants more.
      yield [];
      await wait(lookEveryMs, signal).catch(() => undefined);
      continue;
    }
    const first = skip(segments, after - number);
    number += sumLines(segments.slice(0, first));
    const results = readResults(parts, batch.record, segments.slice(first), signal);
    for await (const data of gather(results)) {
      const events = data.map((text, at) => ({ id: number + at + 1, data: text }));
      number += data.length;
      yield events.filter((event) => event.id > after);
      if (signal.aborted) return;
    }
  }
}

/** How many of the first segments hold nothing but what was seen. */
function skip(segments: readonly BatchSegment[], seen: number): number {
  let lines = 0;
  const first = segments.findIndex((segment) => {
    lines += sumLines([segment]);
    return lines > seen;
  });
  return first === -1 ? segments.length : first;
}

function sumLines(segments: readonly BatchSegment[]): number {
  return segments.reduce((sum, { output, errors }) => sum + output.lines + errors.lines, 0);
}

/** One stream for each file, from which each write takes what it has put there. */
async function* readResults(
  parts: FollowResultsParts,
  record: BatchRecord,
  segments: readonly BatchSegment[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const open = (file: FileId, ofFile: readonly SegmentPart[]) =>
    readPart(parts, { record, file, parts: ofFile.filter(({ lines }) => lines > 0), signal });
  const output = open(
    record.outputFileId,
    segments.map((segment) => segment.output),
  );
  const errors = open(
    record.errorFileId,
    segments.map((segment) => segment.errors),
  );
  try {
    for (const segment of segments) {
      for (let count = 0; count < segment.output.lines; count += 1) yield await take(output);
      for (let count = 0; count < segment.errors.lines; count += 1) yield await take(errors);
    }
  } finally {
    await Promise.all([output.return(), errors.return()]);
  }
}

interface PartOptions {
  readonly record: BatchRecord;
  readonly file: FileId;
  readonly parts: readonly SegmentPart[];
  readonly signal: AbortSignal;
}

async function* readPart(
  { files }: FollowResultsParts,
  { record, file, parts, signal }: PartOptions,
): AsyncGenerator<FileLine, void> {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return;
  const range = { start: first.start, end: last.start + last.bytes };
  const source = await files.read(await files.get(record.tenant, file), range, signal);
  yield* readLines(source, { maxLineBytes });
}

async function take(lines: AsyncGenerator<FileLine, void>): Promise<string> {
  const { value } = await lines.next();
  if (value?.kind !== 'text') throw new Error('A file of results is not what was written.');
  return value.text;
}

/** Several at a time, because each event alone would be a write of its own. */
async function* gather(texts: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let gathered: string[] = [];
  for await (const text of texts) {
    gathered.push(text);
    if (gathered.length < eventsAtOnce) continue;
    yield gathered;
    gathered = [];
  }
  if (gathered.length > 0) yield gathered;
}
