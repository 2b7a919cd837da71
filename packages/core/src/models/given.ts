type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** The fields that have a value. */
export function given<Fields extends object>(fields: Fields): Given<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<Fields>; // because fromEntries forgets the names
}

/** A count that is set; vLLM's clients switch top_k off by 0 or -1, which other providers refuse. */
export function onlyPositive(count: number | undefined): number | undefined {
  return count === undefined || count < 1 ? undefined : count;
}
