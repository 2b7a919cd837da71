import { expect, test } from 'vitest';
import { attemptSpanId, attemptTraceparent, formatTraceparent, parseTraceparent } from './traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const text = `00-${traceId}-b7ad6b7169203331-01`;

test('what is well formed is read, and written again as it was', () => {
  const parsed = parseTraceparent(text);
  expect(parsed).toEqual({ traceId, spanId: 'b7ad6b7169203331', flags: 1 });
  expect(parsed && formatTraceparent(parsed)).toBe(text);
});

test.each([
  undefined,
  '',
  'x',
  text.toUpperCase(),
  text.replace(/^00/, 'ff'),
  `${text}-more`,
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
])('%j begins a trace of its own', (given) => {
  expect(parseTraceparent(given)).toBeUndefined();
});

test('every attempt has a span id of its own that others can tell', () => {
  const ids = [attemptSpanId('a', 1), attemptSpanId('a', 2), attemptSpanId('b', 1)];
  expect(new Set(ids).size).toBe(3);
  expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(attemptTraceparent(text, { runId: 'a', epoch: 1 })).toBe(`00-${traceId}-${ids[0]}-01`);
  expect(attemptTraceparent(undefined, { runId: 'a', epoch: 1 })).toBeUndefined();
});
