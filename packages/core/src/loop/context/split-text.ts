/** Cuts text into pieces of at most `maxBytes` of UTF-8, never within a character. */
export function splitText(text: string, maxBytes: number): string[] {
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = findBoundary(bytes, Math.min(from + maxBytes, bytes.length));
    pieces.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return pieces;
}

/** The bytes within a character of UTF-8 begin with 10. */
function findBoundary(bytes: Buffer, at: number): number {
  let boundary = at;
  while (boundary < bytes.length && ((bytes[boundary] ?? 0) & 0xc0) === 0x80) boundary -= 1;
  return boundary;
}
