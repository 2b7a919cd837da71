/**
 * Cuts text into word pieces of at most 8 characters, each with the white space before it; joined they are the text again.
 * Works on code points, so a surrogate pair is never split.
 */
export function tokenize(text: string): string[] {
  return text.match(/\s*\S{1,8}|\s+/gu) ?? [];
}
