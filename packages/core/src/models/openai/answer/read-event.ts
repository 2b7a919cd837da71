import type { CaluteError } from '../../../errors.ts';
import { createBadChunkError, toInBandError } from '../../upstream/in-band-error.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { StreamEvent } from './create-event-reader.ts';
import { toFields } from './fields.ts';
import type { OpenAiAnswer } from './openai-answer.ts';
import { readValue } from './read-value.ts';

const keepAlives: ReadonlySet<string> = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);

/** Adds what one SSE event says; gives the failure that it means. */
export function readEvent(
  { name, data }: StreamEvent,
  answer: OpenAiAnswer,
  upstream: Upstream,
): CaluteError | undefined {
  if (name !== undefined && keepAlives.has(name)) return undefined;
  if (isMark(data)) {
    answer.isDone ||= data.trim() !== '';
    return undefined;
  }
  if (name === 'error') return toInBandError(parse(data) ?? data, upstream);
  return readJson(data, answer, upstream);
}

/** Adds what the event says that the body ended with, unless the body was cut off in it. */
export function readLastEvent(
  event: StreamEvent,
  answer: OpenAiAnswer,
  upstream: Upstream,
): CaluteError | undefined {
  const isWhole = toLines(event.data).every((line) => isMark(line) || toFields(parse(line)) !== undefined);
  return isWhole ? readEvent(event, answer, upstream) : undefined;
}

/** Adds what a text says that should be JSON: one value, or a list of them. */
export function readJson(text: string, answer: OpenAiAnswer, upstream: Upstream): CaluteError | undefined {
  const json = parse(text);
  if (json === undefined && text.includes('\n')) return readLines(toLines(text), answer, upstream);
  if (json === undefined) return createBadChunkError(upstream, 'a chunk that is no JSON');
  for (const value of Array.isArray(json) ? json : [json]) {
    const fault = readValue(value, answer, upstream);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Of a server that leaves out the blank lines between its events: they are one, with a line for each. */
function readLines(
  lines: readonly string[],
  answer: OpenAiAnswer,
  upstream: Upstream,
): CaluteError | undefined {
  for (const data of lines) {
    const fault = readEvent({ name: undefined, data }, answer, upstream);
    if (fault !== undefined || answer.isDone) return fault;
  }
  return undefined;
}

/** The lines of an event, or all of it where only that is JSON. */
function toLines(data: string): readonly string[] {
  return parse(data) === undefined ? data.split('\n') : [data];
}

/** Whether it is no JSON but `[DONE]`, or the nothing that keeps a connection alive. */
function isMark(data: string): boolean {
  return !data.startsWith('{') && /^\s*(?:"?\[done\]"?\s*)?$/i.test(data);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
