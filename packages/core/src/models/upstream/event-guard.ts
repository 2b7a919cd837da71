import { CaluteError } from '../../errors.ts';

const lineFeed = 10;
const carriageReturn = 13;

export type EventGuard = (chunk: Uint8Array) => void;

/**
 * A check to be called with every chunk of an SSE body, in order: throws `upstream_bad_chunk` as soon as one event (which
 * also bounds one line) is longer than `maxBytes`, because the parser behind it buffers without a bound.
 */
export function createEventGuard(maxBytes: number): EventGuard {
  let eventBytes = 0;
  let lineBytes = 0;
  const check = (): void => {
    if (eventBytes + lineBytes <= maxBytes) return;
    throw new CaluteError(
      'upstream_bad_chunk',
      `The model provider sent a chunk of more than ${maxBytes} bytes.`,
    );
  };
  return (chunk) => {
    // So nearly all chunks are: they end with an event, and none in them can be too long.
    if (eventBytes + lineBytes + chunk.length <= maxBytes && endsWithBlankLine(chunk)) {
      eventBytes = 0;
      lineBytes = 0;
      return;
    }
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      lineBytes += end - start;
      check();
      const isBlank =
        lineBytes === 0 || (lineBytes === 1 && (end === 0 || chunk[end - 1] === carriageReturn));
      eventBytes = isBlank ? 0 : eventBytes + lineBytes;
      lineBytes = 0;
      start = end + 1;
    }
    lineBytes += chunk.length - start;
    check();
  };
}

function endsWithBlankLine(chunk: Uint8Array): boolean {
  return chunk.length > 1 && chunk.at(-1) === lineFeed && chunk.at(-2) === lineFeed;
}
