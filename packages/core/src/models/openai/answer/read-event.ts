import type { CaluteError } from '../../../errors.ts';
import { createBadChunkError, toInBandError } from '../../upstream/in-band-error.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { StreamEvent } from './create-event-reader.ts';
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

/** Adds what a text says that should be JSON: one value, or a list of them. */
export function readJson(text: string, answer: OpenAiAnswer, upstream: Upstream): CaluteError | undefined {
  const json = parse(text);
  if (json === undefined) return createBadChunkError(upstream, 'a chunk that is no JSON');
  for (const value of Array.isArray(json) ? json : [json]) {
    const fault = readValue(value, answer, upstream);
    if (fault !== undefined) return fault;
  }
  return undefined;
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
