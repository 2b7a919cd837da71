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

export function createOpenStreams(): OpenStreams {
  const open = new Set<ServerResponse>();
  const waiting: (() => void)[] = [];
  let draining = false;

  const close = (response: ServerResponse) => {
    open.delete(response);
    if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    get size() {
      return open.size;
    },
    get draining() {
      return draining;
    },
    track(response) {
      if (response.destroyed) return;
      open.add(response);
      response.on('close', () => close(response));
    },
    beginDrain() {
      draining = true;
    },
    endAll() {
      for (const response of open) endEarly(response);
    },
    whenEmpty: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
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
