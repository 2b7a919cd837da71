import type { ModelEvent } from './model-provider.ts';

type Events = readonly ModelEvent[];

/** A stream whose first events are there. */
export interface BegunStream {
  readonly first: IteratorResult<Events>;
  readonly rest: AsyncIterator<Events>;
}

/** Waits for the first events. */
export async function begin(stream: AsyncIterable<Events>): Promise<BegunStream> {
  const rest = stream[Symbol.asyncIterator]();
  return { first: await rest.next(), rest };
}

/**
 * The stream that `open` comes to, opened when its first events are asked for. Not a generator, for what has to be done
 * only at the beginning: each one takes all that passes through it three times around the queue of microtasks.
 */
export function streamOf(open: () => Promise<BegunStream>): AsyncIterableIterator<Events> {
  let begun: AsyncIterator<Events> | undefined;
  const start = async () => {
    const { first, rest } = await open();
    begun = rest;
    return first;
  };
  return {
    next: () => (begun === undefined ? start() : begun.next()),
    return: async () => (await begun?.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
