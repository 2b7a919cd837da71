import type { ModelEvent } from '../model-provider.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { createStreamReader } from './create-stream-reader.ts';
import { createAnswer, finishAnswer } from './openai-answer.ts';

export interface OpenAiStreamOptions {
  readonly upstream: Upstream;
  /** Whether text goes out with its logprobs. */
  readonly wantsLogprobs: boolean;
}

/**
 * The bytes of an OpenAI-compatible stream as model events: one array for each piece of the body that says something, then
 * one `model-end`. Neighbouring deltas of one piece may come as one. Throws `upstream_cut` when the stream ends without a
 * finish reason, `upstream_bad_chunk` for what cannot be read, `upstream_error` for a failure that the server reports
 * within the stream: after the events before it.
 */
export async function* readOpenAiStream(
  body: AsyncIterable<Uint8Array>,
  { upstream, wantsLogprobs }: OpenAiStreamOptions,
): AsyncGenerator<readonly ModelEvent[]> {
  const answer = createAnswer(wantsLogprobs);
  const decoder = new TextDecoder();
  const read = createStreamReader(answer, upstream);
  for await (const bytes of body) {
    const fault = read(decoder.decode(bytes, { stream: true }));
    const { events } = answer;
    if (events.length > 0) {
      answer.events = [];
      yield events;
    }
    if (fault !== undefined) throw fault;
  }
  // Not before the body has ended: whoever gets it stops reading, and that would close a connection that can be used again.
  yield finishAnswer(answer, upstream);
}
