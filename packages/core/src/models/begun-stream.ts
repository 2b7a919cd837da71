import type { ModelEvent } from './model-provider.ts';

type Events = readonly ModelEvent[];

/** A stream whose first events are there. */
export interface BegunStream {
  readonly first: IteratorResult<Events>;
  readonly rest: AsyncIterator<Events>;
}

/** Waits for the first events. */
export async function begin(stream: AsyncIterable<Events>): Promise<BegunStream> {
  const iterator = stream[Symbol.asyncIterator]();
  const first = await iterator.next();
  // What was opened late goes on by itself: one stands in another, and each would be kept as long as the stream is open.
  return { first, rest: iterator instanceof LateStream ? iterator.rest : iterator };
}

/**
 * The stream that `open` comes to, opened when its first events are asked for. Not a generator, for what has to be done
 * only at the beginning: each one takes all that passes through it three times around the queue of microtasks.
 */
export function streamOf(open: () => Promise<BegunStream>): AsyncIterableIterator<Events> {
  return new LateStream(open);
}

class LateStream implements AsyncIterableIterator<Events> {
  readonly #open: () => Promise<BegunStream>;
  #rest: AsyncIterator<Events> | undefined;

  constructor(open: () => Promise<BegunStream>) {
    this.#open = open;
  }

  get rest(): AsyncIterator<Events> {
    return this.#rest ?? this;
  }

  next(): Promise<IteratorResult<Events>> {
    return this.#rest?.next() ?? this.#start();
  }

  async return(): Promise<IteratorResult<Events>> {
    return (await this.#rest?.return?.()) ?? { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #start(): Promise<IteratorResult<Events>> {
    const { first, rest } = await this.#open();
    this.#rest = rest;
    return first;
  }
}
