export interface Grace {
  readonly ms: number;
  /** How much had been said when it began; with more it begins anew. */
  readonly said: number;
}

export interface Ending {
  /** How long the body may go on; undefined while what it says is not over. Asked after each chunk. */
  grace(): Grace | undefined;
  /** Its reason is thrown, when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * The chunks of a body, up to its end. Once its answer is over, it has a grace to end by itself, which leaves its
 * connection for others; then it is left, and nothing that befalls it is a failure any more. Not a generator: each one
 * that a token passes through costs a microsecond.
 */
export function readUntilEnd<Chunk>(
  body: AsyncIterable<Chunk>,
  ending: Ending,
): AsyncIterableIterator<Chunk> {
  return new EndingBody(body[Symbol.asyncIterator](), ending);
}

class EndingBody<Chunk> implements AsyncIterableIterator<Chunk> {
  readonly #chunks: AsyncIterator<Chunk>;
  readonly #ending: Ending;
  #grace: Grace | undefined;
  #endsAt = 0;

  constructor(chunks: AsyncIterator<Chunk>, ending: Ending) {
    this.#chunks = chunks;
    this.#ending = ending;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Chunk>> {
    const grace = this.#ending.grace();
    return grace === undefined ? this.#chunks.next() : this.#nextWithin(grace);
  }

  async return(): Promise<IteratorResult<Chunk>> {
    // Not awaited: a generator comes to it only behind the chunk that it waits for.
    this.#chunks.return?.().catch(() => undefined);
    return { done: true, value: undefined };
  }

  async #nextWithin(grace: Grace): Promise<IteratorResult<Chunk>> {
    // Keep-alives do not push it ahead.
    const isNew = grace.ms !== this.#grace?.ms || grace.said !== this.#grace.said;
    if (isNew) this.#endsAt = performance.now() + grace.ms;
    this.#grace = grace;
    const timeout = Promise.withResolvers<undefined>();
    const timer = setTimeout(timeout.resolve, Math.max(0, this.#endsAt - performance.now()), undefined);
    const next = this.#chunks.next();
    try {
      return (await Promise.race([next, timeout.promise])) ?? (await this.#leave(next));
    } catch {
      this.#ending.signal.throwIfAborted();
      return await this.return();
    } finally {
      clearTimeout(timer);
    }
  }

  #leave(next: Promise<unknown>): Promise<IteratorResult<Chunk>> {
    next.catch(() => undefined);
    return this.return();
  }
}
