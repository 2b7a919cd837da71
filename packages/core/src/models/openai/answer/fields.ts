/** A JSON object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

const none: readonly unknown[] = [];

export function toFields(value: unknown): Fields | undefined {
  // because a JSON object has only string keys, and its values stay unknown
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text, or undefined: empty ones say nothing. */
export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : none;
}

/** Says what kind of thing came, for an error: never the thing itself, which a model may have said. */
export function nameKind(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  if (typeof value === 'object') return `an object of ${nameKeys(Object.keys(value))}`;
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** The names of fields, a few of them. */
export function nameKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map((key) => `"${key.slice(0, 40)}"`);
  return shown.length === 0
    ? 'nothing'
    : `${shown.join(', ')}${keys.length > shown.length ? ' and more' : ''}`;
}
