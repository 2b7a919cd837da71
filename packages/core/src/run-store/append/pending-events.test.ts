import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeEvents } from '../../runs/frame-payload.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { PendingEvents } from './pending-events.ts';

const text = (value: string, choice?: number): RunEvent => ({
  type: 'text-delta',
  text: value,
  ...(choice === undefined ? {} : { choice }),
});
const piece = (args: string): RunEvent => ({ type: 'tool-call-delta', index: 0, arguments: args });

function pendingOf(events: readonly RunEvent[]) {
  const pending = new PendingEvents();
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

const choice = fc.constantFrom(undefined, 1);
const units = fc.string({ unit: 'binary', maxLength: 4 });
const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(units, choice).map(([value, of]) => text(value, of)) },
  fc.record({
    type: fc.constant('text-delta' as const),
    text: units,
    logprobs: fc.array(fc.anything(), { maxLength: 1 }),
  }),
  fc.record({ type: fc.constant('reasoning-delta' as const), text: units }),
  fc.record({ type: fc.constant('tool-call-delta' as const), index: fc.nat(1), arguments: units }),
  fc.record({ type: fc.constant('tool-result' as const), index: fc.nat(1), content: units }),
);

/** The same events with each delta that may merge cut to its code units. */
function cut(events: readonly RunEvent[]): RunEvent[] {
  return events.flatMap((event): RunEvent[] => {
    if (event.type === 'tool-call-delta') {
      return event.arguments.split('').map((unit) => ({ ...event, arguments: unit }));
    }
    if (event.type !== 'reasoning-delta' && (event.type !== 'text-delta' || event.logprobs)) return [event];
    return event.text.split('').map((unit) => ({ ...event, text: unit }));
  });
}

it('says what was added whenever it is taken, in any number of parts', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEvent)), (turns) => {
      const taken = turns.flatMap((events) => pendingOf(events).take());
      expect(cut(taken)).toEqual(cut(turns.flat()));
    }),
  );
});
