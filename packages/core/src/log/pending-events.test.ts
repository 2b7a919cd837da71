import { expect, it } from 'vitest';
import { encodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { createPendingEvents } from './pending-events.ts';

const text = (value: string, choice?: number): RunEvent => ({
  type: 'text-delta',
  text: value,
  ...(choice === undefined ? {} : { choice }),
});
const piece = (args: string): RunEvent => ({ type: 'tool-call-delta', index: 0, arguments: args });

function pendingOf(events: readonly RunEvent[]) {
  const pending = createPendingEvents();
  for (const event of events) pending.add(event);
  return pending;
}

it('gives what was added, in order, with neighbours that say more of the same as one', () => {
  const call: RunEvent = { type: 'tool-call', index: 0, id: 'call_1', name: 'look' };
  const pending = pendingOf([text('a'), text('b'), call, piece('{'), piece('}'), text('c'), text('d', 1)]);
  expect(pending.take()).toEqual([text('ab'), call, piece('{}'), text('c'), text('d', 1)]);
  expect([pending.isEmpty, pending.bytes, pending.take()]).toEqual([true, 0, []]);
});

it('adds nothing to what has been taken', () => {
  const pending = pendingOf([text('a'), text('b')]);
  const taken = pending.take();
  pending.add(text('c'));
  expect([taken, pending.take()]).toEqual([[text('ab')], [text('c')]]);
});

it('gives what one choice said, whatever the others said in between', () => {
  const pending = pendingOf([text('a'), text('x', 1), text('b'), text('y', 1), text('c')]);
  expect(pending.takeChoice(1)).toEqual([text('x', 1), text('y', 1)]);
  expect(pending.take()).toEqual([text('abc')]);
});

it('counts about the bytes of the log, merged or not', () => {
  const deltas = Array.from({ length: 5000 }, (_, index) =>
    index % 1000 < 500 ? text(`w${index} `) : piece(`[${index}]`),
  );
  const pending = pendingOf(deltas);
  const { bytes } = pending;
  const { length } = encodeEvents(pending.take());
  expect(Math.abs(bytes - length) / length).toBeLessThan(0.05);
});
