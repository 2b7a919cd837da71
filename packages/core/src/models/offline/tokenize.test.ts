import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenize } from './tokenize.ts';

test('cuts words with the white space before them', () => {
  expect(tokenize('Hello, big  world\n ')).toEqual(['Hello,', ' big', '  world', '\n ']);
  expect(tokenize('')).toEqual([]);
});

test('cuts long words, never inside a surrogate pair', () => {
  expect(tokenize('🙂'.repeat(10))).toEqual(['🙂'.repeat(8), '🙂🙂']);
});

test('gives the text again when joined, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = tokenize(text);
      expect(tokens.join('')).toBe(text);
      expect(tokens.every((token) => token !== '')).toBe(true);
    }),
  );
});
