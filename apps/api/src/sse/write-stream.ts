import type { ServerResponse } from 'node:http';
import type { SseEvent } from '@calute/core/completions/sse-event';
import type { CaluteError } from '@calute/core/errors';
import { awaitDrain, closeWithin, cut } from './await-drain.ts';
import { formatError, formatEvents } from './format-events.ts';
import { type SinkTimes, SseSink } from './sse-sink.ts';

export interface StreamTimes extends SinkTimes {
  readonly drainTimeoutMs: number;
}

export interface StreamAnswer {
  readonly response: ServerResponse;
  readonly batches: AsyncIterable<readonly SseEvent[]>;
  /**
   * Whether this stream goes on from another one: a failure is then an event like any other, never a status, and 204
   * tells that nothing is left, at which an EventSource stops to reconnect.
   */
  readonly continues?: boolean;
  /** Called once, when the first events go out. */
  readonly onFirstEvents?: () => void;
  /** Called for all further ones, with the seconds since those before. */
  readonly onFurtherEvents?: (seconds: number) => void;
}

/**
 * `ended`: the iterable is exhausted; with `error` when its last event reports one. `failed`: it threw after the headers.
 * `left`: the client did. `too-slow`: it was cut. `stopped`: a drain ended the response.
 */
export type StreamOutcome =
  | { readonly outcome: 'ended'; readonly error: CaluteError | undefined }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'left' | 'stopped' | 'too-slow' };

/**
 * Writes a run's events as server-sent events, each batch in one write, at the pace of the client: while its socket is full
 * nothing more is taken from `batches`. Throws, with the response untouched, what fails before the headers are out;
 * a failure after them becomes a last event without `[DONE]`. The response is over when this returns.
 */
export async function writeStream(answer: StreamAnswer, times: StreamTimes): Promise<StreamOutcome> {
  const sink = new SseSink(answer.response, times);
  let outcome: StreamOutcome;
  try {
    outcome = await relay(sink, answer, times.drainTimeoutMs);
  } catch (error) {
    outcome = tellLate(sink, error);
  } finally {
    sink[Symbol.dispose]();
  }
  sink.end(answer.continues ? 204 : 200);
  return (await closeWithin(answer.response, times.drainTimeoutMs)) ? outcome : { outcome: 'too-slow' };
}

async function relay(sink: SseSink, answer: StreamAnswer, drainTimeoutMs: number): Promise<StreamOutcome> {
  let sentMs: number | undefined;
  // Not the last event itself: what a stream keeps, it keeps until its next one.
  let error: CaluteError | undefined;
  for await (const events of answer.batches) {
    if (!sink.isOpen) return whyNotOpen(sink);
    const [first] = events;
    if (first === undefined) continue;
    if (first.error !== undefined && !sink.response.headersSent && !answer.continues) throw first.error;
    sentMs = tellSent(answer, sentMs);
    error = events.at(-1)?.error;
    if (sink.write(formatEvents(events))) continue;
    if ((await awaitDrain(sink.response, drainTimeoutMs)) === 'timed-out') {
      // Cut before the iterable is left, so that it sees its signal aborted: this client is gone like any other.
      await cut(sink.response);
      return { outcome: 'too-slow' };
    }
  }
  return sink.isOpen ? { outcome: 'ended', error } : whyNotOpen(sink);
}

function tellSent({ onFirstEvents, onFurtherEvents }: StreamAnswer, lastMs: number | undefined): number {
  const nowMs = performance.now();
  if (lastMs === undefined) onFirstEvents?.();
  else onFurtherEvents?.((nowMs - lastMs) / 1000);
  return nowMs;
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
