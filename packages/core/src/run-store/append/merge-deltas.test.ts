import { expect, test } from 'vitest';
import type { RunEvent } from '../../runs/run-event.ts';
import { mergeDeltas } from './merge-deltas.ts';

const text = (value: string, more: object = {}): RunEvent => ({ type: 'text-delta', text: value, ...more });
const reasoning = (value: string, more: object = {}): RunEvent => ({
  type: 'reasoning-delta',
  text: value,
  ...more,
});
const piece = (args: string, more: object = {}): RunEvent => ({
  type: 'tool-call-delta',
  index: 0,
  arguments: args,
  ...more,
});
const call: RunEvent = { type: 'tool-call', index: 0, id: 'call_1', name: 'look' };
const result: RunEvent = { type: 'tool-result', index: 0, content: '' };

test.each<[string, RunEvent, RunEvent, RunEvent]>([
  ['text', text('a'), text('b'), text('ab')],
  ['the halves of a surrogate pair', text('\ud83d'), text('\udc4d'), text('👍')],
  [
    'text of one further choice',
    text('a', { choice: 2 }),
    text('b', { choice: 2 }),
    text('ab', { choice: 2 }),
  ],
  ['reasoning', reasoning('a'), reasoning('b'), reasoning('ab')],
  ['arguments of one call', piece('{"a"'), piece(':1}'), piece('{"a":1}')],
])('%s becomes one delta, and what it is made of stays as it is', (_what, last, next, merged) => {
  const before = structuredClone([last, next]);
  expect(mergeDeltas(last, next)).toEqual(merged);
  expect([last, next]).toEqual(before);
});

test.each<[string, RunEvent, RunEvent]>([
  ['text of two choices', text('a'), text('b', { choice: 1 })],
  ['reasoning of two choices', reasoning('a', { choice: 1 }), reasoning('b')],
  ['text and reasoning', text('a'), reasoning('b')],
  ['reasoning and text', reasoning('a'), text('b')],
  ['text with logprobs and text without', text('a', { logprobs: [{}] }), text('b')],
  ['text without logprobs and text with', text('a'), text('b', { logprobs: [{}] })],
  ['a call and its arguments', call, piece('{}')],
  ['arguments of two calls', piece('{}'), piece('{}', { index: 1 })],
  ['arguments of two choices', piece('{'), piece('}', { choice: 1 })],
  ['two calls', call, { ...call, index: 1 }],
  ['text around a commit', result, text('a')],
  ['a commit after text', text('a'), result],
])('%s stay apart', (_what, last, next) => {
  expect(mergeDeltas(last, next)).toBeUndefined();
});

test.each([text, reasoning, piece])('what would be longer than 4 KiB stays apart', (delta) => {
  expect(mergeDeltas(delta('x'.repeat(4000)), delta('y'.repeat(96)))).toEqual(
    delta('x'.repeat(4000) + 'y'.repeat(96)),
  );
  expect(mergeDeltas(delta('x'.repeat(4000)), delta('y'.repeat(97)))).toBeUndefined();
});
