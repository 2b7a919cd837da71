/**
 * A call's arguments as the object that they are; undefined for anything else, such as the end of a call that was cut off.
 */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // because a JSON object has only string keys, and its values stay unknown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Arguments that every server takes: as they came when they are an object, else an empty one. Servers parse them for their
 * chat templates and refuse the whole conversation, then and ever after, when they cannot.
 */
export function toObjectText(text: string): string {
  return parseObject(text) === undefined ? '{}' : text;
}
