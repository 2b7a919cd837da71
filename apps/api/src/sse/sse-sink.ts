import type { ServerResponse } from 'node:http';

export interface SinkTimes {
  /** How long the headers may wait for the first write. */
  readonly headersAfterMs: number;
  /** Silence after which the client gets a comment. */
  readonly heartbeatMs: number;
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Without this nginx collects the events.
  'x-accel-buffering': 'no',
};

/** A single newline: a blank line after `id:` lines makes openai-python dispatch an empty event and fail. */
const keepAlive = ': keep-alive\n';

/**
 * A response as a stream of events. Its headers wait for the first write, but no longer than `headersAfterMs`; after every
 * `heartbeatMs` of silence it gets a comment, but none while the client leaves its socket full. Disposing stops its timer.
 * A class with one timer for both, because each open stream has one.
 */
export class SseSink implements Disposable {
  readonly response: ServerResponse;
  readonly #heartbeatMs: number;
  /** When headers or comment are due. */
  #dueMs: number;
  #timer: NodeJS.Timeout;

  constructor(response: ServerResponse, { headersAfterMs, heartbeatMs }: SinkTimes) {
    this.response = response;
    this.#heartbeatMs = heartbeatMs;
    this.#dueMs = performance.now() + headersAfterMs;
    this.#timer = this.#wakeAfter(Math.min(headersAfterMs, heartbeatMs));
  }

  /** Whether anybody is still there to be written to. */
  get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  /** Sends whole events, and the headers before the first; false when the client must catch up before the next. */
  write(events: string): boolean {
    if (!this.response.headersSent) this.response.writeHead(200, headers);
    this.#dueMs = performance.now() + this.#heartbeatMs;
    return this.response.write(events);
  }

  /** Ends the response; one without any event gets its headers now, with `emptyStatus`. */
  end(emptyStatus: 200 | 204): void {
    if (!this.isOpen) return;
    if (!this.response.headersSent) this.response.writeHead(emptyStatus, emptyStatus === 200 ? headers : {});
    this.response.end();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #wakeAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#wake(), ms);
  }

  /** Writes put the comment off without touching the timer, so it may be early. */
  #wake(): void {
    const nowMs = performance.now();
    if (nowMs >= this.#dueMs) {
      if (this.isOpen) this.#breakSilence();
      this.#dueMs = nowMs + this.#heartbeatMs;
    }
    this.#timer = this.#wakeAfter(Math.ceil(this.#dueMs - nowMs));
  }

  #breakSilence(): void {
    if (!this.response.headersSent) {
      this.response.writeHead(200, headers);
      this.response.flushHeaders();
    } else if (!this.response.writableNeedDrain) this.response.write(keepAlive);
  }
}
