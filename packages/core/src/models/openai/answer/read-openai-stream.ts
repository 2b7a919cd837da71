import type { ModelCall, ModelEvent } from '../../model-provider.ts';
import { type Grace, readUntilEnd } from '../../upstream/read-until-end.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { createStreamReader } from './create-stream-reader.ts';
import { finishAnswer } from './finish-answer.ts';
import { createAnswer, type OpenAiAnswer } from './openai-answer.ts';

export interface OpenAiStreamOptions {
  readonly upstream: Upstream;
  /** What was asked for. */
  readonly call: ModelCall;
  readonly signal: AbortSignal;
}

/** How long the body may stay open. */
const graceMs = {
  /** Behind `[DONE]`: only so that the connection can be used again. */
  done: 100,
  /** Behind the reason for the end and the usage: `[DONE]` may follow. */
  complete: 500,
  /** Behind the reason for the end: the usage follows with most servers. */
  finished: 2000,
} as const;

/**
 * The bytes of an OpenAI-compatible stream, or of the JSON that came in its place, as model events: one array for each
 * piece of the body that says something, then one `model-end`. Neighbouring deltas of one piece may come as one. With
 * `[DONE]` the answer is over, and soon after the reason for its end, whatever becomes of the connection then. Throws
 * `upstream_cut` when the stream ends without a reason, `upstream_bad_chunk` for what cannot be read, and what the server
 * says of a failure within the stream: after the events before it.
 */
export async function* readOpenAiStream(
  body: AsyncIterable<Uint8Array>,
  { upstream, call, signal }: OpenAiStreamOptions,
): AsyncGenerator<readonly ModelEvent[]> {
  const answer = createAnswer(call);
  const decoder = new TextDecoder();
  const reader = createStreamReader(answer, upstream);
  for await (const bytes of readUntilEnd(body, { grace: () => toGrace(answer), signal })) {
    const fault = reader.read(decoder.decode(bytes, { stream: true }));
    const { events } = answer;
    if (events.length > 0) {
      answer.events = [];
      yield events;
    }
    if (fault !== undefined) throw fault;
  }
  const fault = reader.end();
  if (answer.events.length > 0) yield answer.events;
  if (fault !== undefined) throw fault;
  // Not before the body has ended: whoever gets it stops reading, and that would close a connection that can be used again.
  yield finishAnswer(answer, upstream);
}

function toGrace({ isDone, finishReason, usage, deltas }: OpenAiAnswer): Grace | undefined {
  if (isDone) return { ms: graceMs.done, said: deltas };
  if (finishReason === undefined) return undefined;
  return { ms: usage === undefined ? graceMs.finished : graceMs.complete, said: deltas };
}
