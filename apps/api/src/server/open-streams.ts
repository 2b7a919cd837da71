import type { ServerResponse } from 'node:http';
import { CaluteError } from '@calute/core/errors';
import { sendError } from '../answers/send-error.ts';

/** The answers that take as long as their run: streams, and JSON answers that are waited for. */
export interface OpenStreams {
  readonly size: number;
  /** Set by `beginDrain`, for good: no completion is accepted any more. */
  readonly draining: boolean;
  /** Counts the response until it closes. */
  track(response: ServerResponse): void;
  beginDrain(): void;
  /** Ends all at an event boundary: a stream that has begun can be resumed elsewhere, any other answer is a 503 to retry. */
  endAll(): void;
  /** Resolves as soon as none is open. */
  whenEmpty(): Promise<void>;
}

/**
 * Where a response stands in the list. Not a Set: each table that a Set has outgrown refers to the next one and to what was
 * in it, so one that has become old keeps every later response until a full garbage collection.
 */
interface Place {
  readonly response: ServerResponse;
  index: number;
}

export function createOpenStreams(): OpenStreams {
  const open: Place[] = [];
  const waiting: (() => void)[] = [];
  let draining = false;

  const close = (place: Place) => {
    const last = open.pop();
    if (last !== undefined && last !== place) {
      last.index = place.index;
      open[last.index] = last;
    }
    if (open.length === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    get size() {
      return open.length;
    },
    get draining() {
      return draining;
    },
    track(response) {
      if (response.destroyed) return;
      const place = { response, index: open.length };
      open.push(place);
      response.on('close', () => close(place));
    },
    beginDrain() {
      draining = true;
    },
    endAll() {
      for (const { response } of open.slice()) endEarly(response);
    },
    whenEmpty: () =>
      open.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}

function endEarly(response: ServerResponse): void {
  if (response.headersSent) response.end();
  else sendError(response, drainingError());
}

/** What a client is told that comes while this replica shuts down: another one will take it. */
export function drainingError(): CaluteError {
  return new CaluteError('server_draining', 'This server is shutting down; send the request again.', {
    retryAfterMs: 500,
  });
}
