/**
 * JSON as `JSON.stringify` gives it, with U+FFFD in place of each lone surrogate: strict parsers refuse the whole body for
 * half an emoji, and a conversation keeps it for ever. A backslash and what it escapes are read together, so that a text
 * which only looks like an escape stays.
 */
export function toWellFormedJson(json: string): string {
  return json.includes('\\ud')
    ? json.replace(escapes, (found) => (isLoneSurrogate(found) ? '\ufffd' : found))
    : json;
}

const escapes = /\\(?:u[0-9a-f]{4}|.)/g;

/** `JSON.stringify` writes pairs as they are, and escapes surrogates only where they stand alone. */
function isLoneSurrogate(escaped: string): boolean {
  return /^\\ud[89a-f]/.test(escaped);
}
