import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '../ids.ts';
import type { Backlog, QueuePlace } from '../run-store/backlog/backlog.ts';
import type { RunEvent } from '../runs/run-event.ts';

export interface TellPlaceParts {
  readonly backlog: Pick<Backlog, 'find'>;
  /** @defaultValue 2000 */
  readonly everyMs?: number;
}

/** What a waiting run's reader gets: where it stands for as long as it waits, and then the run's frames. */
export type Told = { readonly place: QueuePlace } | { readonly frame: readonly RunEvent[] };

/** Tells where a run stands, at once and every so often until it is released or its first frame comes; then what it says. */
export async function* tellPlace(
  { backlog, everyMs = 2000 }: TellPlaceParts,
  runId: RunId,
  { first, events }: { readonly first: QueuePlace; readonly events: AsyncIterable<readonly RunEvent[]> },
): AsyncGenerator<Told> {
  yield { place: first };
  const frames = events[Symbol.asyncIterator]();
  try {
    let next = frames.next();
    for (let place: QueuePlace | undefined = first; place; ) {
      const timer = new AbortController();
      const tick = delay(everyMs, 'tick' as const, { signal: timer.signal }).catch(() => 'tick' as const);
      const came = await Promise.race([next, tick]);
      timer.abort();
      if (came !== 'tick') break;
      // A store that does not answer is nothing to tell a waiting client: the run's own stream says when it is lost.
      [place] = await backlog.find([runId]).catch(() => [undefined]);
      if (place) yield { place };
    }
    for (let came = await next; !came.done; came = await next) {
      yield { frame: came.value };
      next = frames.next();
    }
  } finally {
    await frames.return?.();
  }
}
