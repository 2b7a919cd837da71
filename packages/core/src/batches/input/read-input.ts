import type { Files } from '../../files/file-service.ts';
import { type FileLine, type LinePlace, readLines } from '../../files/read-lines.ts';
import type { BatchRecord } from '../batch.ts';

export interface Window {
  readonly lines: readonly FileLine[];
  /** Where the next line begins; undefined at the end of the file. */
  readonly next: LinePlace | undefined;
}

export interface WindowBounds {
  readonly maxLines: number;
  /** Roughly: one line is given, however long it is. */
  readonly maxBytes: number;
}

/** The input of a batch. Throws `file_not_found`, and what the file store fails with. */
export interface BatchInput {
  readAll(signal: AbortSignal): AsyncGenerator<FileLine>;
  /** The lines from a place on, blank ones included. */
  readWindow(from: LinePlace, bounds: WindowBounds, signal: AbortSignal): Promise<Window>;
  readOne(place: LinePlace & { readonly end: number }, signal: AbortSignal): Promise<FileLine>;
}

export interface BatchInputParts {
  readonly files: Pick<Files, 'get' | 'read'>;
  readonly maxLineBytes: number;
}

export function createBatchInput(
  { files, maxLineBytes }: BatchInputParts,
  { tenant, inputFileId }: Pick<BatchRecord, 'tenant' | 'inputFileId'>,
): BatchInput {
  const find = () => files.get(tenant, inputFileId);
  return {
    async *readAll(signal) {
      const record = await find();
      const source = await files.read(record, { start: 0, end: record.bytes }, signal);
      yield* readLines(source, { maxLineBytes });
    },
    async readWindow(from, { maxLines, maxBytes }, signal) {
      const record = await find();
      for (let span = maxBytes; ; span *= 4) {
        const end = Math.min(from.offset + span, record.bytes);
        const source = await files.read(record, { start: from.offset, end }, signal);
        const lines = await takeLines(readLines(source, { maxLineBytes, from }), maxLines);
        // What ends where the span ends may go on behind it.
        if (end < record.bytes && lines.at(-1)?.end === end) lines.pop();
        const last = lines.at(-1);
        if (last === undefined && end < record.bytes) continue;
        const place = last === undefined ? from : { offset: last.end, number: last.number + 1 };
        return { lines, next: place.offset < record.bytes ? place : undefined };
      }
    },
    async readOne({ offset, number, end }, signal) {
      const source = await files.read(await find(), { start: offset, end }, signal);
      const [line] = await takeLines(readLines(source, { maxLineBytes, from: { offset, number } }), 1);
      if (line === undefined) throw new Error(`Line ${number} of file ${inputFileId} has gone.`);
      return line;
    },
  };
}

async function takeLines(lines: AsyncGenerator<FileLine>, most: number): Promise<FileLine[]> {
  const taken: FileLine[] = [];
  for await (const line of lines) {
    taken.push(line);
    if (taken.length === most) break;
  }
  return taken;
}
