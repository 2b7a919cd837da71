import { TextDecoder } from 'node:util';

/** Where a line begins: enough to go on reading there. */
export interface LinePlace {
  /** Byte offset of its first byte in the file. */
  readonly offset: number;
  /** Counted from 1. */
  readonly number: number;
}

interface FoundLine extends LinePlace {
  /** Byte offset behind its end, the newline included: where the next line begins. */
  readonly end: number;
}

/** A line without its end, or the reason why it cannot be given. Blank lines come as empty texts. */
export type FileLine =
  | (FoundLine & { readonly kind: 'text'; readonly text: string })
  | (FoundLine & { readonly kind: 'too-long' | 'not-utf-8' });

export interface ReadLinesOptions {
  /** Of one line without its end. A longer one is passed over without being kept. */
  readonly maxLineBytes: number;
  /** Where `source` begins in the file. @defaultValue its beginning */
  readonly from?: LinePlace;
}

const firstLine: LinePlace = { offset: 0, number: 1 };

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits UTF-8 into lines that end in LF or CRLF; the last one may have no end. A faulty line costs that line only. A byte
 * order mark at the beginning of the file is dropped. Holds at most one line and one chunk.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  { maxLineBytes, from = firstLine }: ReadLinesOptions,
): AsyncGenerator<FileLine, void> {
  // One byte for a CR and three for a byte order mark, which do not count.
  const gathered = createGatherer(maxLineBytes + 1 + byteOrderMark.length);
  const decode = createDecode(maxLineBytes);
  let { offset, number } = from;
  const finish = (end: number): FileLine => {
    const place = { offset, number, end };
    const line = decode(gathered.take(), place);
    offset = end;
    number += 1;
    return line;
  };
  let position = from.offset;
  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
      gathered.add(chunk.subarray(start, at));
      start = at + 1;
      yield finish(position + start);
    }
    gathered.add(chunk.subarray(start));
    position += chunk.length;
  }
  if (position > offset) yield finish(position);
}

/** Gathers the pieces of one line, and only counts once there are more than `maxBytes`. */
function createGatherer(maxBytes: number) {
  let pieces: Buffer[] = [];
  let length = 0;
  return {
    add(piece: Buffer): void {
      if (piece.length === 0) return;
      length += piece.length;
      if (length > maxBytes) pieces = [];
      else pieces.push(piece);
    },
    /** The line; undefined when it was too long. */
    take(): Buffer | undefined {
      const [only] = pieces;
      const line = length > maxBytes ? undefined : pieces.length === 1 ? only : Buffer.concat(pieces);
      pieces = [];
      length = 0;
      return line;
    },
  };
}

function createDecode(maxLineBytes: number) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (line: Buffer | undefined, place: FoundLine): FileLine => {
    const content = line && withoutMark(withoutReturn(line), place.offset);
    if (content === undefined || content.length > maxLineBytes) return { kind: 'too-long', ...place };
    try {
      return { kind: 'text', text: decoder.decode(content), ...place };
    } catch {
      return { kind: 'not-utf-8', ...place };
    }
  };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

function withoutMark(line: Buffer, offset: number): Buffer {
  const marked = offset === 0 && line.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return marked ? line.subarray(byteOrderMark.length) : line;
}
