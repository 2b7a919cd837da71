import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../runs/run-event.ts';

/** What the reader of a run gets that says something of itself before its first event, when that is long in coming. */
export type Opened = 'open' | readonly RunEvent[];

/** The run's frames; before them `open`, when none has come after `afterMs`. */
export async function* openInTime(
  events: AsyncIterable<readonly RunEvent[]>,
  afterMs: number,
): AsyncGenerator<Opened> {
  const frames = events[Symbol.asyncIterator]();
  const timer = new AbortController();
  try {
    let next = frames.next();
    const tick = delay(afterMs, 'open' as const, { signal: timer.signal }).catch(() => 'open' as const);
    const came = await Promise.race([next, tick]);
    if (came === 'open') yield came;
    for (let frame = await next; !frame.done; frame = await next) {
      yield frame.value;
      next = frames.next();
    }
  } finally {
    timer.abort();
    await frames.return?.();
  }
}
