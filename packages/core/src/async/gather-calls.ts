/** Bounds what one call carries. */
const maxItems = 256;

/**
 * Passes single items on in as few calls of `send` as possible, without making any wait for nothing: while a call is under
 * way, what comes gathers for the next one. Each caller learns what became of the call that its item went with.
 */
export function gatherCalls<Item>(
  send: (items: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { readonly items: Item[]; readonly sent: Promise<void> } | undefined;
  const open = () => {
    const items: Item[] = [];
    const sent = last.then(() => {
      if (next?.items === items) next = undefined;
      return send(items);
    });
    last = sent.catch(() => undefined); // because its callers are told
    return { items, sent };
  };
  return (item) => {
    if (!next || next.items.length === maxItems) next = open();
    next.items.push(item);
    return next.sent;
  };
}
