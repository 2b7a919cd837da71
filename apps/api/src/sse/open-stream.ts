import type { ServerResponse } from 'node:http';
import { type KeepAlive, startKeepAlive } from './keep-alive.ts';

export interface SseSink extends Disposable {
  readonly response: ServerResponse;
  /** Whether anybody is still there to be written to. */
  isOpen(): boolean;
  /** Sends whole events, and the headers before the first; false when the client must catch up before the next. */
  write(events: string): boolean;
  /** Ends the response; one without any event gets its headers now, with `emptyStatus`. */
  end(emptyStatus: 200 | 204): void;
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Without this nginx collects the events.
  'x-accel-buffering': 'no',
};

/** A response as a stream of events. Its headers wait for the first write, but no longer than `headersAfterMs`; disposing stops the timers. */
export function openStream(
  response: ServerResponse,
  options: { readonly headersAfterMs: number; readonly heartbeatMs: number },
): SseSink {
  let keepAlive: KeepAlive | undefined;
  const isOpen = () => !response.writableEnded && !response.destroyed;
  const sendHeaders = () => {
    clearTimeout(headersTimer);
    response.writeHead(200, headers);
    keepAlive = startKeepAlive(response, options.heartbeatMs);
  };
  const headersTimer = setTimeout(() => {
    if (!isOpen()) return;
    sendHeaders();
    response.flushHeaders();
  }, options.headersAfterMs);

  return {
    response,
    isOpen,
    write(events) {
      if (!response.headersSent) sendHeaders();
      keepAlive?.refresh();
      return response.write(events);
    },
    end(emptyStatus) {
      if (!isOpen()) return;
      if (!response.headersSent && emptyStatus === 204) response.writeHead(204);
      else if (!response.headersSent) sendHeaders();
      response.end();
    },
    [Symbol.dispose]() {
      clearTimeout(headersTimer);
      keepAlive?.stop();
    },
  };
}
