/** False for what servers send in a field that says nothing: null, an empty text, 0, false, and lists and objects of these. */
export function saysSomething(value: unknown): boolean {
  return typeof value === 'object' && value !== null
    ? Object.values(value).some(saysSomething)
    : Boolean(value);
}
