/** Gives the JSON values of a text that comes in pieces and in which they stand one behind the other. */
export interface JsonValues {
  /**
   * Reads `text` from `from` on, up to the end of the next value, whose text is `value`, or to the end of `text`. Stops
   * before what is neither space nor the beginning of an object or a list.
   */
  read(text: string, from: number): { readonly end: number; readonly value: string | undefined };
  /** Whether a value has begun that has not ended. */
  readonly isInside: boolean;
  /** How long that one is so far. */
  readonly heldLength: number;
}

/** Of objects and lists only, whose end can be told. Holds the text of one value at most. */
export function createJsonValues(): JsonValues {
  const held: string[] = [];
  let heldLength = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;

  const step = (char: string | undefined): void => {
    if (isEscaped) isEscaped = false;
    else if (isInString) {
      isEscaped = char === '\\';
      isInString = char !== '"';
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
  };
  return {
    get isInside() {
      return depth > 0;
    },
    get heldLength() {
      return heldLength;
    },
    read(text, from) {
      let at = depth > 0 ? from : skipSpace(text, from);
      const start = at;
      if (depth === 0 && !isOpening(text[at])) return { end: at, value: undefined };
      do step(text[at++]);
      while (at < text.length && depth > 0);
      held.push(text.slice(start, at));
      heldLength = depth > 0 ? heldLength + at - start : 0;
      return { end: at, value: depth > 0 ? undefined : held.splice(0).join('') };
    },
  };
}

/** Whether a JSON object or list begins with it. */
export function isOpening(char: string | undefined): boolean {
  return char === '{' || char === '[';
}

/** The place of the first character that is no space, from `from` on. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  return at;
}
