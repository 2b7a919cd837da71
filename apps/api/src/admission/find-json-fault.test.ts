import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './find-json-fault.ts';

test.each([
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['[1,2', 4],
  ['[1,]', 3],
  ['{"a":tru}', 5],
  ['"a\nb"', 2],
  ['"\\x"', 1],
  ['01', 1],
  ['1.', 1],
  ['', 0],
  ['{} x', 3],
  ["{'a':1}", 1],
])('%j stops being JSON at %i', (text, position) => {
  expect(findJsonFault(text)).toBe(position);
});

test('valid JSON has no fault before its end', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => findJsonFault(text) === text.length));
});

test('it finds a fault inside the text exactly where JSON.parse refuses a complete one', () => {
  const broken = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('"', ',', '{', ']', '\\', 'x', '0', ''))
    .map(([text, at, insert]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + insert + text.slice(place + 1);
    });
  fc.assert(
    fc.property(broken, (text) => {
      const reported = positionByParse(text);
      if (reported === 'valid') return findJsonFault(text) === text.length;
      return (
        reported === 'unknown' || Math.abs(findJsonFault(text) - reported) <= tokenLength(text, reported)
      );
    }),
  );
});

function positionByParse(text: string): number | 'valid' | 'unknown' {
  try {
    JSON.parse(text);
    return 'valid';
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1];
    return position === undefined ? 'unknown' : Number(position);
  }
}

/** Inside a literal or an escape, V8 names the character and we name the token's start, or the other way round. */
function tokenLength(text: string, at: number): number {
  return Math.max(6, /[\w.+-]*$/.exec(text.slice(0, at))?.[0].length ?? 0);
}
