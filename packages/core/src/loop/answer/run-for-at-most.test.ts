import { expect, test } from 'vitest';
import { runForAtMost } from './run-for-at-most.ts';

test('gives what the work gives', () => {
  expect(runForAtMost(1000, () => ({ a: 1 }))).toEqual({ a: 1 });
});

test('throws what the work throws', () => {
  const act = () =>
    runForAtMost(1000, () => {
      throw new RangeError('too deep');
    });
  expect(act).toThrow(new RangeError('too deep'));
});

test.each([
  ['a loop', () => endless()],
  ['a regular expression', () => /^(a+)+$/.test(`${'a'.repeat(60)}!`)],
])('stops %s in the middle, and the next work is not concerned', (_, work) => {
  expect(() => runForAtMost(20, work)).toThrow(/timed out/);
  expect(runForAtMost(1000, () => 1)).toBe(1);
});

function endless(): never {
  for (;;);
}
