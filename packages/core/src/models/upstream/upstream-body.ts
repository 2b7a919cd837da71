import { CaluteError } from '../../errors.ts';
import { createEventGuard, type EventGuard } from './event-guard.ts';
import { toNetworkError } from './network-error.ts';
import type { UpstreamLimits } from './upstream-limits.ts';

/** Where a body comes from. */
export interface BodySource {
  readonly host: string;
  /** Of the request: what breaks by its abort throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is read of undici's response body; destroying it closes the socket. */
export interface DestroyableBody extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

/**
 * The chunks of an SSE response. Silence beyond the limits throws `upstream_timeout`, too much in one event
 * `upstream_bad_chunk`, a cut socket `upstream_cut`. However reading ends, the body is destroyed. Not a generator, which
 * would cost each chunk another microsecond.
 */
export function readEventBody(
  body: DestroyableBody,
  source: BodySource,
  limits: UpstreamLimits,
): AsyncIterableIterator<Uint8Array> {
  return new EventBody(body, source, limits);
}

class EventBody implements AsyncIterableIterator<Uint8Array> {
  readonly #body: DestroyableBody;
  readonly #source: BodySource;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #guard: EventGuard;
  readonly #limits: UpstreamLimits;
  #watch: SilenceWatch | undefined;

  constructor(body: DestroyableBody, source: BodySource, limits: UpstreamLimits) {
    this.#body = body;
    this.#source = source;
    this.#chunks = body[Symbol.asyncIterator]();
    this.#guard = createEventGuard(limits.maxEventBytes);
    this.#limits = limits;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      if (this.#watch === undefined) this.#watch = new SilenceWatch(this.#body, this.#source, this.#limits);
      else this.#watch.resume();
      const next = await this.#chunks.next();
      this.#watch.pause();
      if (next.done === true) this.#close();
      else this.#guard(next.value);
      return next;
    } catch (error) {
      this.#close();
      this.#source.signal?.throwIfAborted();
      throw toNetworkError(error, this.#source.host);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#close();
    return { done: true, value: undefined };
  }

  #close(): void {
    this.#watch?.[Symbol.dispose]();
    this.#body.destroy();
  }
}

/** The first `maxErrorBytes` of a failed response. */
export async function* readErrorBody(
  body: DestroyableBody,
  source: BodySource,
  limits: UpstreamLimits,
): AsyncGenerator<Uint8Array> {
  let left = limits.maxErrorBytes;
  using _watch = new SilenceWatch(body, source, limits);
  try {
    for await (const chunk of body) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  } catch (error) {
    source.signal?.throwIfAborted();
    throw toNetworkError(error, source.host);
  } finally {
    body.destroy();
  }
}

class SilenceWatch implements Disposable {
  readonly #body: DestroyableBody;
  readonly #host: string;
  readonly #silenceTimeoutMs: number;
  #isWaiting = true;
  #first: NodeJS.Timeout | undefined;
  /** One timer that is pushed ahead costs less than a new one per chunk. */
  #between: NodeJS.Timeout | undefined;

  constructor(body: DestroyableBody, { host }: BodySource, limits: UpstreamLimits) {
    this.#body = body;
    this.#host = host;
    this.#silenceTimeoutMs = limits.silenceTimeoutMs;
    this.#first = this.#start(limits.firstChunkTimeoutMs);
  }

  /** While the reader of the stream is slow, the upstream is not to blame. */
  pause(): void {
    this.#isWaiting = false;
    if (this.#first === undefined) return;
    clearTimeout(this.#first);
    this.#first = undefined;
  }

  resume(): void {
    this.#isWaiting = true;
    this.#between = this.#between?.refresh() ?? this.#start(this.#silenceTimeoutMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#first);
    clearTimeout(this.#between);
  }

  #start(limitMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#fail(limitMs), limitMs);
  }

  #fail(limitMs: number): void {
    if (!this.#isWaiting) return;
    const message = `The model provider at ${this.#host} was silent for ${limitMs / 1000} s.`;
    this.#body.destroy(new CaluteError('upstream_timeout', message));
  }
}
