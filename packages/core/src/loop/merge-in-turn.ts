import { createGate } from '../async/gate.ts';

type Settled<Item> =
  | { readonly index: number; readonly result: IteratorResult<Item> }
  | { readonly index: number; readonly error: unknown };

/**
 * What all sources yield, each in its own order, between them as it comes, until all are done. A source is asked for its
 * next item only when the one before was taken by somebody who then asked for more; so each runs at most one item ahead.
 * Throws what a source throws, as soon as it does. The others are then closed, without waiting for them.
 */
export async function* mergeInTurn<Item>(sources: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const settled: Settled<Item>[] = [];
  const arrival = createGate();
  const pull = async (source: AsyncGenerator<Item>, index: number) => {
    try {
      settled.push({ index, result: await source.next() });
    } catch (error) {
      settled.push({ index, error });
    }
    arrival.open();
  };
  try {
    sources.forEach((source, index) => void pull(source, index));
    for (let open = sources.length; open > 0; ) {
      const next = settled.shift();
      if (next === undefined) {
        await arrival.wait();
        continue;
      }
      if ('error' in next) throw next.error;
      if (next.result.done) {
        open -= 1;
        continue;
      }
      yield next.result.value;
      const source = sources[next.index];
      if (source) void pull(source, next.index);
    }
  } finally {
    for (const source of sources) source.return(undefined).catch(() => undefined);
  }
}
