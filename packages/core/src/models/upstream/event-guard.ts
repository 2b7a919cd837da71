import { CaluteError } from '../../errors.ts';

const lineFeed = 10;
const carriageReturn = 13;
const colon = 58;
const openingBrace = 123;
const closingBrace = 125;

export type EventGuard = (chunk: Uint8Array) => void;

/**
 * A check to be called with every chunk of an SSE body, in order: throws `upstream_bad_chunk` as soon as one event (which
 * also bounds one line) is longer than `maxBytes`, because the parser behind it buffers without a bound. Comments are no
 * part of an event, and an object on a line of its own is a whole one.
 */
export function createEventGuard(maxBytes: number): EventGuard {
  let eventBytes = 0;
  let lineBytes = 0;
  /** The first byte of the line, and the last one of the chunks before. */
  let first: number | undefined;
  let last: number | undefined;
  const add = (bytes: number): void => {
    lineBytes += bytes;
    if (eventBytes + lineBytes <= maxBytes) return;
    throw new CaluteError(
      'upstream_bad_chunk',
      `The model provider sent a chunk of more than ${maxBytes} bytes.`,
    );
  };
  const endLine = (before: number | undefined): void => {
    const isWhole = lineBytes === 0 || (first === openingBrace && before === closingBrace);
    if (isWhole) eventBytes = 0;
    else if (first !== colon) eventBytes += lineBytes;
    lineBytes = 0;
    first = undefined;
  };
  return (chunk) => {
    // So nearly all chunks are: they end with an event, and none in them can be too long.
    if (eventBytes + lineBytes + chunk.length <= maxBytes && endsWithBlankLine(chunk)) {
      eventBytes = 0;
      lineBytes = 0;
      first = undefined;
      last = lineFeed;
      return;
    }
    let start = 0;
    for (const end of lineEnds(chunk)) {
      const before = end === 0 ? last : chunk[end - 1];
      if (end > start) first ??= chunk[start];
      add(end - start);
      start = end + 1;
      // The second half of a line's end.
      if (chunk[end] === lineFeed && before === carriageReturn) continue;
      endLine(before);
    }
    if (start < chunk.length) first ??= chunk[start];
    last = chunk.at(-1) ?? last;
    add(chunk.length - start);
  };
}

/** The places of all line feeds and carriage returns. */
function* lineEnds(chunk: Uint8Array): Generator<number> {
  let feed = chunk.indexOf(lineFeed);
  let carriage = chunk.indexOf(carriageReturn);
  while (feed !== -1 || carriage !== -1) {
    if (carriage === -1 || (feed !== -1 && feed < carriage)) {
      yield feed;
      feed = chunk.indexOf(lineFeed, feed + 1);
    } else {
      yield carriage;
      carriage = chunk.indexOf(carriageReturn, carriage + 1);
    }
  }
}

function endsWithBlankLine(chunk: Uint8Array): boolean {
  return chunk.length > 1 && chunk.at(-1) === lineFeed && chunk.at(-2) === lineFeed;
}
