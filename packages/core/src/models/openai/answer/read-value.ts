import type { CaluteError } from '../../../errors.ts';
import { createBadChunkError, toInBandError } from '../../upstream/in-band-error.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { type Chunk, readChunkValue } from './chunk.ts';
import { isSilent, type OpenAiAnswer } from './openai-answer.ts';
import { noteUnread, readDelta } from './read-delta.ts';

/** Adds what the JSON of one event says; gives the failure that it means. */
export function readValue(json: unknown, answer: OpenAiAnswer, upstream: Upstream): CaluteError | undefined {
  const parsed = readChunkValue(json);
  switch (parsed.kind) {
    case 'error':
      return toInBandError(parsed.value, upstream);
    case 'unreadable':
      return createBadChunkError(upstream, parsed.what);
    case 'nothing':
      return undefined;
    case 'chunk': {
      const unread = readChunk(parsed.chunk, answer);
      return unread === undefined ? undefined : createBadChunkError(upstream, unread);
    }
  }
}

/** Gives what cannot be read. */
function readChunk(chunk: Chunk, answer: OpenAiAnswer): string | undefined {
  const { delta, message } = chunk;
  answer.finishReason = chunk.finishReason ?? answer.finishReason;
  answer.usage = chunk.usage ?? answer.usage;
  answer.serviceTier = chunk.serviceTier ?? answer.serviceTier;
  // Some servers send them unasked.
  if (answer.wantsLogprobs && chunk.logprobs.length > 0)
    answer.logprobs = [...answer.logprobs, ...chunk.logprobs];
  if (delta === undefined && message === undefined) return undefined;
  const known = answer.events.length;
  const unread =
    (delta === undefined ? undefined : readDelta(delta, answer)) ??
    (message === undefined ? undefined : readDelta(message, answer, answer.said));
  answer.isLastEmpty = answer.events.length === known;
  if (answer.isLastEmpty && isSilent(answer)) noteUnread({ ...delta, ...message }, answer);
  return unread;
}
