import { setTimeout as delay } from 'node:timers/promises';
import { createGate } from './gate.ts';

export interface GatherOptions {
  /** From the start of one call to that of the next, unless there is enough for it; asked before each. @defaultValue 0 */
  readonly paceMs?: () => number;
}

/** Bounds what one call carries. */
const maxItems = 256;
/** What one call costs is then shared by so many that more would not save much. */
const enoughItems = 8;

/**
 * Passes single items on in as few calls of `send` as possible: while a call is under way, or it is early for one, what comes
 * gathers for the next one. Each caller learns what became of the call that its item went with.
 */
export function gatherCalls<Item>(
  send: (items: readonly Item[]) => Promise<void>,
  { paceMs = () => 0 }: GatherOptions = {},
): (item: Item) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { readonly items: Item[]; readonly sent: Promise<void> } | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  const enough = createGate();
  const start = (items: Item[]) => {
    if (next?.items === items) next = undefined;
    startedAt = performance.now();
    return send(items);
  };
  const open = () => {
    const items: Item[] = [];
    const sent = last.then(() => {
      const restMs = startedAt + paceMs() - performance.now();
      if (restMs <= 0 || items.length >= enoughItems) return start(items);
      return Promise.race([delay(restMs), enough.wait()]).then(() => start(items));
    });
    last = sent.catch(() => undefined); // because its callers are told
    return { items, sent };
  };
  return (item) => {
    if (!next || next.items.length === maxItems) next = open();
    next.items.push(item);
    if (next.items.length === enoughItems) enough.open();
    return next.sent;
  };
}
