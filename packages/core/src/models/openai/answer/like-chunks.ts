import type { ModelEvent } from '../../model-provider.ts';

/**
 * The text around the one string in which the chunks of a stretch differ. Nearly all are like the one before but for what
 * they say. To compare them costs a seventh of parsing them, which saves a tenth of the CPU time of a whole run.
 */
export interface LikeChunks {
  readonly type: 'text-delta' | 'reasoning-delta';
  /** The SSE event up to the string with what it says, with the quote that opens it. */
  readonly before: string;
  /** From the quote that closes it to the end of the blank line. */
  readonly after: string;
  /** From the text of one chunk to that of the next. */
  readonly between: string;
}

interface Stretch {
  /** What its chunks say together. */
  readonly text: string;
  readonly chunks: number;
  /** Where the first chunk that is another begins. */
  readonly end: number;
}

/** One delta is to stay a small thing, however much a read brings. */
const maxStretchLength = 4096;
/** V8 copies shorter slices; longer ones would keep alive all that was read with them. */
const minSliceLength = 13;
/** Of a larger event the JSON around the text is the smaller part, and it would be kept in memory. */
const maxRawLength = 4096;
const firstPrintable = 0x20;
const quote = 0x22;
const backslash = 0x5c;

/**
 * What chunks like the SSE event `raw` look like; undefined unless `events`, which it has brought, are one text and nothing
 * else, and the place of that text is certain.
 */
export function findLikeChunks(raw: string, events: readonly ModelEvent[]): LikeChunks | undefined {
  const [event] = events;
  if (event === undefined || events.length > 1 || raw.length > maxRawLength) return undefined;
  if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') return undefined;
  const literal = `"${event.text}"`;
  const at = raw.indexOf(literal);
  // Without an escape in the event the text stands in it to the letter: where it is found alone, it is.
  if (at === -1 || raw.includes('\\') || raw.includes(literal, at + 1)) return undefined;
  const before = raw.slice(0, at + 1);
  const after = raw.slice(at + literal.length - 1);
  return { type: event.type, before, after, between: after + before };
}

/** Reads on from `from` as long as chunks are alike to the letter and say something that JSON allows in a string. */
export function readLikeChunks({ before, after, between }: LikeChunks, text: string, from: number): Stretch {
  let said = '';
  let chunks = 0;
  let end = from;
  // Not startsWith, which takes twice the time of a slice that is compared.
  let isAlike = text.slice(from, from + before.length) === before;
  for (let start = from + before.length; isAlike && said.length < maxStretchLength; ) {
    const plainEnd = endOfPlain(text, start);
    const close = text.charCodeAt(plainEnd) === backslash ? endOfString(text, plainEnd) : plainEnd;
    // One comparison says that this chunk ends alike and that the next one begins alike.
    isAlike = text.slice(close, close + between.length) === between;
    if (!isAlike && text.slice(close, close + after.length) !== after) break;
    const isSlice = close === plainEnd && close - start < minSliceLength;
    const piece = isSlice ? text.slice(start, close) : parseString(text.slice(start - 1, close + 1));
    if (piece === undefined || piece === '') break;
    said += piece;
    chunks += 1;
    end = close + after.length;
    start = close + between.length;
  }
  return { text: said, chunks, end };
}

function endOfPlain(text: string, start: number): number {
  let at = start;
  while (isPlain(text.charCodeAt(at))) at += 1;
  return at;
}

function isPlain(code: number): boolean {
  return code >= firstPrintable && code !== quote && code !== backslash;
}

function endOfString(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

function parseString(literal: string): string | undefined {
  try {
    // because it begins and ends with a quote, which makes anything but a string a failure
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
