import { expect, test } from 'vitest';
import { createEventGuard } from './event-guard.ts';

const event = (length: number, end: string) => `data: ${'x'.repeat(length - 6)}${end}`;

function passes(text: string, maxBytes: number, cutAt = 0): boolean {
  const guard = createEventGuard(maxBytes);
  const bytes = Buffer.from(text);
  try {
    guard(bytes.subarray(0, cutAt));
    guard(bytes.subarray(cutAt));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'upstream_bad_chunk' });
    return false;
  }
}

test.each([
  ['\\n', '\n\n'],
  ['\\r\\n', '\r\n\r\n'],
  ['\\r', '\r\r'],
])('bounds each event, not their sum, with %s and wherever the bytes are cut', (_, end) => {
  const good = event(40, end).repeat(5);
  const bad = good + event(60, end);
  for (let at = 0; at <= bad.length; at++) {
    expect(passes(good, 50, Math.min(at, good.length))).toBe(true);
    expect(passes(bad, 50, at)).toBe(false);
  }
});

test('bounds an event whose chunks end with a blank line, or with one that the next chunk completes', () => {
  expect(passes(`${event(60, '\n\n')}${event(40, '\n\n')}`, 100, 62)).toBe(true);
  expect(passes(event(60, '\n\n'), 50)).toBe(false);
  expect(passes(event(60, '\n\n'), 61, 61)).toBe(true);
  expect(passes(`${event(40, '\n')}${'x'.repeat(20)}\n\n`, 50, 41)).toBe(false);
});

test('bounds an event of many short lines, and a line without an end', () => {
  expect(passes('data: abc\n'.repeat(10), 50)).toBe(false);
  expect(passes('x'.repeat(51), 50)).toBe(false);
  expect(passes('x'.repeat(50), 50)).toBe(true);
});

test.each([
  ['comments without a blank line between them', ': ping\n'],
  ['comments that end with \\r\\n', ': ping\r\n'],
  ['objects on lines of their own', '{"a":"xxxxxxxxxx"}\n'],
  ['objects on lines that end with \\r\\n', '{"a":"xxxxxxxxxx"}\r\n'],
])('does not take %s for one event', (_, line) => {
  const text = line.repeat(20);
  for (let at = 0; at <= text.length; at++) expect(passes(text, 30, at)).toBe(true);
});

test('bounds an event with comments in it, and an object over several lines', () => {
  expect(passes('data: abc\n: ping\n'.repeat(10), 50)).toBe(false);
  expect(passes(`{\n${'"a":{},\n'.repeat(10)}`, 50)).toBe(false);
});
