import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { CaluteError } from '../../errors.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { findLikeChunks, type LikeChunks, readLikeChunks } from './like-chunks.ts';
import { type OpenAiAnswer, pushDelta, readEvent } from './openai-answer.ts';

/** Reads more of a stream into its answer; gives the failure that the stream has told of, after which nothing is read. */
export type StreamReader = (text: string) => CaluteError | undefined;

/** Each event is parsed, unless it differs from the one before in nothing but its text. */
export function createStreamReader(answer: OpenAiAnswer, upstream: Upstream): StreamReader {
  const parse = createEventReader(answer, upstream);
  let like: LikeChunks | undefined;
  let fault: CaluteError | undefined;

  const readLike = (text: string, from: number): number => {
    if (like === undefined) return from;
    const stretch = readLikeChunks(like, text, from);
    if (stretch.chunks === 0) return from;
    pushDelta(answer, { type: like.type, text: stretch.text }, stretch.chunks);
    return stretch.end;
  };
  const readOne = (text: string, from: number): number => {
    const end = findEventEnd(text, from);
    const raw = text.slice(from, end);
    const known = answer.events.length;
    fault = parse(raw);
    // Only behind a blank line does the next text begin an event; logprobs belong to one token each.
    const isBare = end !== undefined && !answer.wantsLogprobs;
    like = isBare ? findLikeChunks(raw, answer.events.slice(known)) : undefined;
    return end ?? text.length;
  };
  return (text) => {
    for (let at = 0; at < text.length && fault === undefined; ) {
      const next = readLike(text, at);
      at = next > at ? next : readOne(text, at);
    }
    return fault;
  };
}

/** One whole event of one line, as nearly all are, needs no parser: an answer of such events never has one. */
function createEventReader(answer: OpenAiAnswer, upstream: Upstream): StreamReader {
  let fault: CaluteError | undefined;
  let parser: EventSourceParser | undefined;
  /** Whether the parser may hold the beginning of an event. */
  let isInside = false;
  const read = (data: string) => {
    if (fault === undefined && data !== '[DONE]') fault = readEvent(data, answer, upstream);
  };
  return (text) => {
    const data = isInside ? undefined : toSoleData(text);
    if (data === undefined) {
      parser ??= createParser({ onEvent: (event) => read(event.data) });
      parser.feed(text);
      isInside = !text.endsWith('\n\n');
    } else {
      read(data);
    }
    return fault;
  };
}

const fieldName = 'data: ';

/** The data of `text` if it is one whole event of one line. */
function toSoleData(text: string): string | undefined {
  const end = text.length - 2;
  const isSole = end > fieldName.length && text.startsWith(fieldName) && text.indexOf('\n') === end;
  return isSole && text.endsWith('\n') && !text.includes('\r')
    ? text.slice(fieldName.length, end)
    : undefined;
}

/** Behind the first blank line; undefined when there is none, or only one that the parser has to find. */
function findEventEnd(text: string, from: number): number | undefined {
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at + 1] === '\n') return at + 2;
    if (text[at + 1] === '\r' && text[at + 2] === '\n') return at + 3;
  }
  return undefined;
}
