/** A value that notes which of its keys are looked at. */
export interface WatchedValue {
  readonly value: unknown;
  /** The paths of keys that nobody looked at, of all objects that were opened themselves. */
  unread(): string[];
}

/**
 * Compiled schemas look only at the keys that they know, so what they leave aside is unknown to them. An object none of whose
 * keys are looked at is one that may hold anything.
 */
export function watchReads(root: unknown): WatchedValue {
  const opened: { readonly path: string; readonly keys: readonly string[]; readonly read: Set<string> }[] =
    [];
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const read = new Set<string>();
    const isList = Array.isArray(value);
    if (!isList) opened.push({ path, keys: Object.keys(value), read });
    const children = new Map(
      Object.entries(value).map(([key, child]) => [
        key,
        wrap(child, isList ? `${path}[${key}]` : `${path}.${key}`),
      ]),
    );
    return new Proxy(value, {
      get(target, key, receiver) {
        if (typeof key !== 'string') return Reflect.get(target, key, receiver);
        read.add(key);
        return children.has(key) ? children.get(key) : Reflect.get(target, key, receiver);
      },
    });
  };
  return {
    value: wrap(root, ''),
    unread: () =>
      opened
        .filter(({ read }) => read.size > 0)
        .flatMap(({ path, keys, read }) =>
          keys.filter((key) => !read.has(key)).map((key) => `${path}.${key}`),
        ),
  };
}
