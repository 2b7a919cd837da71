import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runIdSchema } from '../../ids.ts';
import { parseResponseRequest } from '../../protocol/responses/parse-response-request.ts';
import type { CompletedEnd } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { NumberedEvents } from '../number-events.ts';
import { openResponseEncoding } from './response-encoding.ts';

const runId = runIdSchema.parse('chatcmpl-abc_1');
const usage = { promptTokens: 7, completionTokens: 5, cachedTokens: 2, reasoningTokens: 1 };
const completed: CompletedEnd = {
  reason: 'completed',
  finishReason: 'stop',
  usage,
  processingMs: 250,
  endedAtMs: 1_700_000_009_500,
};
const end = (more: Partial<CompletedEnd> = {}): RunEvent => ({
  type: 'run-end',
  end: { ...completed, ...more },
});
const text = (content: string): RunEvent => ({ type: 'text-delta', text: content });
const failed: RunEvent = {
  type: 'run-end',
  end: { reason: 'failed', code: 'upstream_error', message: 'No.' },
};

function open(body: object = {}, showEvents = false) {
  const response = parseResponseRequest({ model: 'writer', input: 'Hi', ...body });
  const chat = { model: 'writer', messages: [] };
  const request = { version: 1 as const, chat, response, showEvents };
  return openResponseEncoding(runId, { createdMs: 1_700_000_000_000, request });
}

function tell(events: readonly RunEvent[], body: object = {}, showEvents = false) {
  const numbered = new NumberedEvents(open(body, showEvents));
  return events.flatMap((event) => numbered.next([event]));
}

const typesOf = (events: ReturnType<typeof tell>) => events.map(({ name, data }) => name ?? data);

const someEvents: fc.Arbitrary<RunEvent[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('text-delta' as const), text: fc.string() }),
    fc.record({ type: fc.constant('reasoning-delta' as const), text: fc.string() }),
    fc.constant<RunEvent>({ type: 'step-calls', text: '', calls: [], usage }),
    fc.constant<RunEvent>({ type: 'opaque-delta', fields: { extra_content: { a: 1 } } }),
  ),
);
const someCalls = fc.array(fc.string(), { maxLength: 3 }).map((all) =>
  all.flatMap((args, index): RunEvent[] => [
    { type: 'tool-call', index, id: `call_${index}`, name: 'f' },
    { type: 'tool-call-delta', index, arguments: args },
  ]),
);
const someBody = fc.record({
  background: fc.boolean(),
  reasoning: fc.constantFrom(undefined, { summary: 'auto' }),
  include: fc.constantFrom([], ['reasoning.encrypted_content']),
});

it('says the same streamed as whole, numbered from 0, and gives a resumed client exactly the rest', () => {
  fc.assert(
    fc.property(someEvents, someCalls, someBody, (said, calls, body) => {
      const events = [...said, ...calls, end({ finishReason: calls.length > 0 ? 'tool_calls' : 'stop' })];
      const whole = tell(events, body);
      expect(whole.map(({ id }) => id)).toEqual(whole.map((_, index) => index));
      const told = whole.slice(0, -1).map(({ data }) => JSON.parse(data));
      expect(told.map((event) => event.sequence_number)).toEqual(told.map((_, index) => index));
      const gatherer = open(body).createGatherer();
      for (const event of events) if (event.type !== 'run-end') gatherer.add(event);
      expect(told.at(-1).response).toEqual(JSON.parse(JSON.stringify(gatherer.conclude(completed))));

      const items = told.at(-1).response.output;
      const doneItems = told.filter(({ type }) => type === 'response.output_item.done');
      expect(doneItems.toSorted((a, b) => a.output_index - b.output_index).map(({ item }) => item)).toEqual(
        items,
      );
      for (let seen = 0; seen < whole.length; seen += 3) {
        const resumed = new NumberedEvents(open(body), seen);
        const rest = [...resumed.open(), ...events.flatMap((event) => resumed.next([event]))];
        expect(rest).toEqual(whole.slice(seen + 1));
      }
    }),
    { numRuns: 60 },
  );
});

it('begins in the background as queued, whenever its first event comes', () => {
  const early = new NumberedEvents(open({ background: true }));
  const opened = [...early.open(), ...early.open(), ...early.next([text('Hi'), end()])];
  expect(opened).toEqual(tell([text('Hi'), end()], { background: true }));
  expect(typesOf(opened).slice(0, 4)).toEqual([
    'response.created',
    'response.queued',
    'response.in_progress',
    'response.output_item.added',
  ]);
});

it('marks a failure before anything was said on its first event, and a later one on its last', () => {
  const early = tell([failed]);
  expect(typesOf(early)).toEqual([
    'response.created',
    'response.in_progress',
    'error',
    'response.failed',
    '[DONE]',
  ]);
  expect(early[0]?.error?.code).toBe('upstream_error');
  const late = tell([text('Well'), failed]);
  expect(late[0]?.error).toBe(undefined);
  expect(late.at(-1)?.error?.code).toBe('upstream_error');
  const { response } = JSON.parse(late.at(-2)?.data ?? '');
  expect(response).toMatchObject({
    status: 'failed',
    error: { code: 'server_error', message: 'No.' },
    output: [{ status: 'incomplete', content: [{ text: 'Well' }] }],
  });
});

it.each([
  ['length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content_filter', 'incomplete', { reason: 'content_filter' }],
  ['tool_calls', 'completed', null],
] as const)('tells the finish reason %s as %s', (finishReason, status, details) => {
  const last = JSON.parse(tell([text('So'), end({ finishReason })]).at(-2)?.data ?? '');
  expect(last.type).toBe(`response.${status}`);
  expect(last.response).toMatchObject({ status, incomplete_details: details });
});

it.each([
  ['client', 'cancelled', null],
  ['disconnect', 'cancelled', null],
  ['deadline', 'failed', { code: 'server_error', message: expect.stringContaining('deadline') }],
] as const)('is %s-ended as %s', (by, status, error) => {
  const gatherer = open().createGatherer();
  expect(gatherer.conclude({ reason: 'cancelled', by })).toMatchObject({ status, error });
});

it('shows the tools of the agent only on request, under a prefix', () => {
  const step: RunEvent = {
    type: 'step-calls',
    text: 'Let me look.',
    calls: [{ id: 'call_s', name: 'search', arguments: '{"secret":1}' }],
    usage,
  };
  const events: RunEvent[] = [
    text('Let me look.'),
    step,
    { type: 'tool-result', index: 0, content: 'secret' },
    text('Found.'),
    end(),
  ];
  const plain = typesOf(tell(events)).filter((type) => type?.startsWith('calute'));
  expect(plain).toEqual([]);
  const shown = tell(events, {}, true);
  expect(typesOf(shown).filter((type) => type?.startsWith('calute'))).toEqual([
    'calute.tool_start',
    'calute.tool_end',
  ]);
  expect(shown.map(({ id }) => id)).toEqual(shown.map((_, index) => index));
  expect(shown.some(({ data }) => data.includes('secret'))).toBe(false);
  expect(JSON.parse(shown.at(-2)?.data ?? '').response.output).toMatchObject([
    { content: [{ text: 'Let me look.' }] },
    { content: [{ text: 'Found.' }] },
  ]);
});
