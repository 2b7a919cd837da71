import { setImmediate, setTimeout } from 'node:timers/promises';

/** Yields each item after a pause; at least one turn of the event loop, so that tokens stream one by one. */
export async function* pace<Item>(
  items: Iterable<Item>,
  delayMs: number,
  signal: AbortSignal,
): AsyncGenerator<Item> {
  for (const item of items) {
    await pause(delayMs, signal);
    yield item;
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await (delayMs === 0 ? setImmediate() : setTimeout(delayMs, undefined, { signal }));
  } catch (error) {
    // The timer rejects with an AbortError of its own, callers expect the signal's reason.
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
}
