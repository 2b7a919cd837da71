import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeJsonFault } from './describe-json-fault.ts';

test.each([
  ['{"a":1,}', 'property name expected', 7],
  ['{"a" 1}', 'colon expected', 5],
  ['[1,2', 'close bracket expected', 4],
  ['[1 2]', 'comma expected', 3],
  ['{"a":tru}', 'invalid symbol', 5],
  ['"\\x"', 'invalid escape character', 0],
  ['1.', 'unexpected end of number', 0],
  ['"a', 'unexpected end of string', 0],
  ['', 'value expected', 0],
  ['{} []', 'end of file expected', 3],
  ["{'a':1}", 'invalid symbol', 1],
  ['{} // x', 'invalid comment token', 3],
])('%j has the fault %j at %i', (text, what, position) => {
  expect(describeJsonFault(text)).toBe(`${what} at position ${position} (line 1 column ${position + 1})`);
});

test('the place is given by line and column', () => {
  expect(describeJsonFault('{\n  "a": 1,\n  b: 2\n}')).toContain('position 14 (line 3 column 3)');
});

test('what JSON.parse takes has no fault, and what it refuses has one', () => {
  const text = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('"', ',', '{', ']', '\\', 'x', '0', '\n', ''))
    .map(([json, at, insert]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + insert + json.slice(place + 1);
    });
  fc.assert(fc.property(text, (some) => (describeJsonFault(some) === undefined) === isJson(some)));
});

test('a megabyte is not searched', () => {
  expect(describeJsonFault(`[${'1,'.repeat(600_000)}`)).toBeUndefined();
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
