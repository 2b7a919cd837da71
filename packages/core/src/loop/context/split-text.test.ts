import { assert, integer, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from './split-text.ts';

test('pieces are no longer than asked for, hold whole characters and are the text again', () => {
  assert(
    property(string({ unit: 'grapheme', maxLength: 200 }), integer({ min: 4, max: 50 }), (text, maxBytes) => {
      const pieces = splitText(text, maxBytes);
      expect(pieces.join('')).toBe(text.toWellFormed());
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxBytes);
    }),
  );
});
