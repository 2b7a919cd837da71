import type { ServerResponse } from 'node:http';
import type { SseEvent } from '@calute/core/completions/sse-event';
import { awaitDrain, closeWithin, cut } from './await-drain.ts';
import { formatError, formatEvents } from './format-events.ts';
import { SseSink } from './sse-sink.ts';

export interface StreamOptions {
  readonly headersAfterMs: number;
  readonly heartbeatMs: number;
  readonly drainTimeoutMs: number;
  /**
   * Whether this stream goes on from another one: a failure is then an event like any other, never a status, and 204
   * tells that nothing is left, at which an EventSource stops to reconnect.
   */
  readonly continues?: boolean | undefined;
  /** Called once, when the first events go out. */
  readonly onFirstEvents?: (() => void) | undefined;
}

/**
 * `ended`: the iterable is exhausted. `failed`: it threw after the headers. `left`: the client did. `too-slow`: it was cut.
 * `stopped`: a drain ended the response.
 */
export type StreamOutcome =
  | { readonly outcome: 'ended'; readonly last: SseEvent | undefined }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'left' | 'stopped' | 'too-slow' };

/**
 * Writes a run's events as server-sent events, each batch in one write, at the pace of the client: while its socket is full
 * nothing more is taken from `batches`. Throws, with the response untouched, what fails before the headers are out;
 * a failure after them becomes a last event without `[DONE]`. The response is over when this returns.
 */
export async function writeStream(
  response: ServerResponse,
  batches: AsyncIterable<readonly SseEvent[]>,
  options: StreamOptions,
): Promise<StreamOutcome> {
  using sink = new SseSink(response, options);
  const outcome = await relay(sink, batches, options).catch((error: unknown) => tellLate(sink, error));
  sink.end(options.continues ? 204 : 200);
  return (await closeWithin(response, options.drainTimeoutMs)) ? outcome : { outcome: 'too-slow' };
}

async function relay(
  sink: SseSink,
  batches: AsyncIterable<readonly SseEvent[]>,
  options: StreamOptions,
): Promise<StreamOutcome> {
  let last: SseEvent | undefined;
  for await (const events of batches) {
    if (!sink.isOpen) return whyNotOpen(sink);
    const [first] = events;
    if (first === undefined) continue;
    if (first.error !== undefined && !sink.response.headersSent && !options.continues) throw first.error;
    if (last === undefined) options.onFirstEvents?.();
    last = events.at(-1);
    if (sink.write(formatEvents(events))) continue;
    const drain = await awaitDrain(sink.response, options.drainTimeoutMs);
    if (drain === 'timed-out') {
      // Cut before the iterable is left, so that it sees its signal aborted: this client is gone like any other.
      await cut(sink.response);
      return { outcome: 'too-slow' };
    }
  }
  return sink.isOpen ? { outcome: 'ended', last } : whyNotOpen(sink);
}

function whyNotOpen({ response }: SseSink): StreamOutcome {
  return { outcome: response.writableEnded ? 'stopped' : 'left' };
}

function tellLate(sink: SseSink, error: unknown): StreamOutcome {
  if (!sink.response.headersSent) throw error;
  if (!sink.isOpen) return whyNotOpen(sink);
  sink.write(formatError(error));
  return { outcome: 'failed', error };
}
