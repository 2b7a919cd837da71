interface Cursor {
  readonly text: string;
  at: number;
}

/** Reads one thing and moves past it; on false the cursor stands at the first character that cannot be. */
type Reader = (cursor: Cursor) => boolean;

/**
 * Where `text` stops being JSON (its length if it ends too early), for a message: `JSON.parse` tells the position only
 * sometimes, and then among pieces of the text, which may be a prompt. Recursive, so only for text of checked nesting.
 */
export function findJsonFault(text: string): number {
  const cursor = { text, at: 0 };
  if (readValue(cursor)) skipSpace(cursor);
  return cursor.at;
}

function readValue(cursor: Cursor): boolean {
  skipSpace(cursor);
  switch (cursor.text[cursor.at]) {
    case '{':
      return readItems(cursor, '}', readMember);
    case '[':
      return readItems(cursor, ']', readValue);
    case '"':
      return readString(cursor);
    default:
      return readLiteral(cursor);
  }
}

function readItems(cursor: Cursor, close: string, readItem: Reader): boolean {
  cursor.at += 1;
  skipSpace(cursor);
  if (skip(cursor, close)) return true;
  do {
    if (!readItem(cursor)) return false;
    skipSpace(cursor);
    if (skip(cursor, close)) return true;
  } while (skip(cursor, ','));
  return false;
}

function readMember(cursor: Cursor): boolean {
  skipSpace(cursor);
  if (!readString(cursor)) return false;
  skipSpace(cursor);
  return skip(cursor, ':') && readValue(cursor);
}

function readString(cursor: Cursor): boolean {
  if (!skip(cursor, '"')) return false;
  while (!skip(cursor, '"')) {
    const character = cursor.text[cursor.at];
    if (character === undefined || character < ' ') return false;
    if (character === '\\' ? !readEscape(cursor) : !skip(cursor, character)) return false;
  }
  return true;
}

function readEscape(cursor: Cursor): boolean {
  return skipMatch(cursor, /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y);
}

function readLiteral(cursor: Cursor): boolean {
  return skipMatch(cursor, /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
}

function skip(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  while (/[ \t\n\r]/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1;
}

function skipMatch(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at;
  const matched = pattern.exec(cursor.text);
  cursor.at += matched?.[0].length ?? 0;
  return matched !== null;
}
