import type { CaluteError } from '../../../errors.ts';
import { createBadChunkError, createCutError } from '../../upstream/in-band-error.ts';
import { redact, type Upstream } from '../../upstream/upstream.ts';
import { defaultUpstreamLimits } from '../../upstream/upstream-limits.ts';
import { createEventReader, findEventEnd } from './create-event-reader.ts';
import { createJsonValues, isOpening, skipSpace } from './json-values.ts';
import { findLikeChunks, type LikeChunks, readLikeChunks } from './like-chunks.ts';
import { type OpenAiAnswer, pushDelta } from './openai-answer.ts';
import { readEvent, readJson, readLastEvent } from './read-event.ts';

/** Reads the text of a body into its answer. */
export interface StreamReader {
  /** Gives the failure that the body has told of, after which nothing is read, as behind its `[DONE]`. */
  read(text: string): CaluteError | undefined;
  /** Gives the failure that lies in how the body ended. */
  end(): CaluteError | undefined;
}

/** How much of a body that is no event stream is told. */
const maxToldLength = 200;
/** Of a JSON value that has not ended, which is kept in memory as an event is. */
const maxValueLength = defaultUpstreamLimits.maxEventBytes;

/**
 * The body is an event stream, or JSON in its place: what it begins with tells. Each event is parsed, unless it differs
 * from the one before in nothing but its text.
 */
export function createStreamReader(answer: OpenAiAnswer, upstream: Upstream): StreamReader {
  let fault: CaluteError | undefined;
  let like: LikeChunks | undefined;
  /** The body so far, as long as nothing of it was an event. */
  let opening: string | undefined = '';
  const values = createJsonValues();
  /** Where an event may begin, JSON may stand in its place. */
  let isJson = true;
  /** Whether the body has ended: not all servers end their last event. */
  let isOver = false;
  const events = createEventReader((event) => {
    opening = undefined;
    if (fault !== undefined || answer.isDone) return;
    fault = (isOver ? readLastEvent : readEvent)(event, answer, upstream);
  });

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
    events.read(raw);
    // Only behind a blank line does the next text begin an event; logprobs belong to one token each.
    const isBare = end !== undefined && !answer.wantsLogprobs;
    like = isBare ? findLikeChunks(raw, answer.events.slice(known)) : undefined;
    return end ?? text.length;
  };
  const readJsonValue = (text: string, from: number): number => {
    const { end, value } = values.read(text, from);
    if (values.heldLength > maxValueLength) fault = createBadChunkError(upstream, 'too long a JSON value');
    isJson = values.isInside || end === text.length;
    if (value === undefined) return end;
    opening = undefined;
    isJson = true;
    fault = readJson(value, answer, upstream);
    return end;
  };
  return {
    read(text) {
      if (opening !== undefined) opening = `${opening}${text}`.slice(0, maxToldLength);
      for (let at = 0; at < text.length && fault === undefined && !answer.isDone; ) {
        // So servers also report a failure in the midst of a stream.
        isJson ||= isOpening(text[at]) && !events.isInside;
        const next = isJson ? readJsonValue(text, at) : readLike(text, at);
        at = next > at || isJson ? next : readOne(text, at);
      }
      return fault;
    },
    end() {
      if (values.isInside) return createCutError(upstream);
      isOver = true;
      events.end();
      return fault ?? toOpeningFault(opening, upstream);
    },
  };
}

/** Of a body in which there was nothing but this. */
function toOpeningFault(opening: string | undefined, upstream: Upstream): CaluteError | undefined {
  const text = opening?.trim() ?? '';
  if (
    text === '' ||
    isOpening(opening?.[skipSpace(opening, 0)]) ||
    /^(?::|(?:data|event|id|retry)\b)/.test(text)
  )
    return undefined;
  return createBadChunkError(upstream, `no event stream, but "${redact(text, upstream)}"`);
}
