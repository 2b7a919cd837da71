import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CompletedEnd, FinishReason } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { ChunkEncoder } from './encode-chunks.ts';
import { createCompletionGatherer } from './encode-completion.ts';

const header = { id: 'chatcmpl-1', created: 1, model: 'writer', includeUsage: true, showEvents: false };
const usage = { promptTokens: 7, completionTokens: 5, cachedTokens: 0, reasoningTokens: 0 };
const completed = (finishReason: FinishReason): CompletedEnd => ({
  reason: 'completed',
  finishReason,
  usage,
  processingMs: 250,
});
const end: RunEvent = { type: 'run-end', end: completed('stop') };
type Event = Exclude<RunEvent, { type: 'run-end' }>;

function encode(events: readonly RunEvent[]) {
  const encoder = new ChunkEncoder(header);
  return events.flatMap((event) => encoder.encode(event)).map(({ data }) => data);
}

const chunksOf = (events: readonly RunEvent[]) =>
  encode(events)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data));

it('gives each choice its index, its role first and its own finish reason, and the run one usage', () => {
  const data = encode([
    { type: 'text-delta', text: 'b', choice: 1 },
    { type: 'text-delta', text: 'a' },
    { type: 'choice-end', end: completed('length'), choice: 1 },
    { type: 'choice-end', end: completed('tool_calls'), choice: 2 },
    { type: 'choice-end', end: completed('stop') },
    end,
  ]);
  expect(data.at(-1)).toBe('[DONE]');
  const chunks = data.slice(0, -1).map((line) => JSON.parse(line));
  const role = { role: 'assistant', content: '' };
  expect(
    chunks.map(({ choices: [choice] }) => choice && [choice.index, choice.delta, choice.finish_reason]),
  ).toEqual([
    [1, role, null],
    [1, { content: 'b' }, null],
    [0, role, null],
    [0, { content: 'a' }, null],
    [1, {}, 'length'],
    [2, role, null],
    [2, {}, 'tool_calls'],
    [0, {}, 'stop'],
    undefined,
  ]);
  expect(chunks.map((chunk) => chunk.usage?.total_tokens ?? null)).toEqual([...Array(8).fill(null), 12]);
});

it('opens and finishes once what says nothing but ends the run', () => {
  const chunks = chunksOf([{ type: 'choice-end', end: completed('length') }, end]);
  expect(chunks.flatMap(({ choices }) => choices.map((choice: Chunk) => choice.finish_reason))).toEqual([
    null,
    'length',
  ]);
});

interface Chunk {
  readonly index: number;
  readonly delta: { readonly content?: string; readonly reasoning?: string };
  readonly finish_reason: FinishReason | null;
}

const choice = fc.constantFrom(undefined, 1, 2);
const of = (index: number | undefined) => (index === undefined ? {} : { choice: index });
const delta = fc.oneof(
  fc.tuple(fc.string(), choice).map(([text, k]): Event => ({ type: 'text-delta', text, ...of(k) })),
  fc.tuple(fc.string(), choice).map(([text, k]): Event => ({ type: 'reasoning-delta', text, ...of(k) })),
);
const reason = fc.constantFrom<FinishReason>('stop', 'length', 'content_filter');

it('says the same in one answer as in the assembled stream, choice by choice, however they are mixed', () => {
  fc.assert(
    fc.property(fc.array(delta), fc.tuple(reason, reason, reason), (deltas, reasons) => {
      const ends = reasons.map((finishReason, index): Event => {
        return { type: 'choice-end', end: completed(finishReason), ...of(index || undefined) };
      });
      const events = [...deltas, ...ends.toReversed()];
      const gatherer = createCompletionGatherer(header);
      for (const event of events) gatherer.add(event);
      const answer = gatherer.finish(completed(reasons[0]));
      const chunks: Chunk[] = chunksOf([...events, end]).flatMap(({ choices }) => choices);
      expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      for (const { index, message, finish_reason } of answer.choices) {
        const own = chunks.filter((chunk) => chunk.index === index);
        expect(own.map((chunk) => chunk.delta.content ?? '').join('')).toBe(message.content);
        expect(own.map((chunk) => chunk.delta.reasoning ?? '').join('')).toBe(message.reasoning ?? '');
        expect(own.flatMap((chunk) => chunk.finish_reason ?? [])).toEqual([finish_reason]);
        expect(finish_reason).toBe(reasons[index]);
      }
    }),
  );
});
