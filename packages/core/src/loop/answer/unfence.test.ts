import { expect, test } from 'vitest';
import { unfence } from './unfence.ts';

test.each([
  ['```json\n{"a":1}\n```', '{"a":1}'],
  ['  ```\n{"a":1}```\n', '{"a":1}'],
  ['~~~~JSON\n{\n"a":1}\n~~~~', '{\n"a":1}'],
  ['```json\r\n{"a":"```"}\r\n```', '{"a":"```"}'],
])('%j is a fence around %j', (text, inside) => {
  expect(unfence(text)).toBe(inside);
});

test.each([
  '{"a":1}',
  '```json\n{"a":1}',
  'Here: ```json\n{"a":1}\n```',
  '```json\n{"a":1}\n```\nThere.',
  '',
])('%j is no fence alone', (text) => {
  expect(unfence(text)).toBeUndefined();
});
