import { describe, expect, it } from 'vitest';
import { errorResult } from '../loop/tools/error-result.ts';
import type { CommitEvent, RunEvent } from '../runs/run-event.ts';
import { ChunkEncoder } from './chat/encode-chunks.ts';
import { NumberedEvents } from './number-events.ts';

const usage = { promptTokens: 7, completionTokens: 5, cachedTokens: 0, reasoningTokens: 0 };
const end: RunEvent = {
  type: 'run-end',
  end: { reason: 'completed', finishReason: 'stop', usage, processingMs: 250 },
};
const header = { id: 'chatcmpl-1', created: 1, model: 'writer', includeUsage: false };
const call = (id: string, name: string) => ({ id, name, arguments: '{"secret":"in"}' });
const step = (...calls: ReturnType<typeof call>[]): CommitEvent & { type: 'step-calls' } => ({
  type: 'step-calls',
  text: '',
  calls,
  usage,
});
const result = (index: number, content = 'secret out', durationMs?: number): CommitEvent => ({
  type: 'tool-result',
  index,
  content,
  ...(durationMs === undefined ? {} : { durationMs }),
});

function encode(events: readonly RunEvent[], options = {}): string[] {
  const encoder = new ChunkEncoder({ ...header, showEvents: true, ...options });
  return events.flatMap((event) => encoder.encode(event)).map(({ data }) => data);
}

const parse = (data: readonly string[]) =>
  data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line));
const progressOf = (events: readonly RunEvent[]) =>
  parse(encode(events)).flatMap(({ calute }) => (calute === undefined ? [] : [calute]));

describe('progress', () => {
  it('rides on ordinary chunks with an empty delta, after the role', () => {
    const [role, start, ended] = parse(encode([step(call('c1', 'look')), result(0, 'x', 12)]));
    expect(role.choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
    ]);
    expect(start).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'writer',
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      calute: { event: 'tool-start', call_id: 'c1', name: 'look' },
    });
    expect(ended).toEqual({
      ...start,
      calute: { event: 'tool-end', call_id: 'c1', name: 'look', ok: true, duration_ms: 12 },
    });
  });

  it('has a null usage where usage was asked for', () => {
    const chunks = parse(encode([step(call('c', 't')), result(0), end], { includeUsage: true }));
    expect(chunks.map((chunk) => chunk.usage === null)).toEqual([true, true, true, true, false]);
  });

  it('tells the calls of one step apart, says which failed, and never what went in or came out', () => {
    const events = [
      step(call('a', 'look'), call('b', 'find')),
      result(1, errorResult('secret')),
      result(0),
      end,
    ];
    expect(progressOf(events)).toEqual([
      { event: 'tool-start', call_id: 'a', name: 'look' },
      { event: 'tool-start', call_id: 'b', name: 'find' },
      { event: 'tool-end', call_id: 'b', name: 'find', ok: false },
      { event: 'tool-end', call_id: 'a', name: 'look', ok: true },
    ]);
    expect(encode(events).join()).not.toContain('secret');
  });

  it('is of the last step', () => {
    const events = [step(call('a', 'look')), result(0), step(call('b', 'find')), result(0), end];
    expect(progressOf(events).map(({ event, name }) => [event, name])).toEqual([
      ['tool-start', 'look'],
      ['tool-end', 'look'],
      ['tool-start', 'find'],
      ['tool-end', 'find'],
    ]);
  });

  it('shows a handoff instead of the calls that ask for it, of which one counts, beside the tools of the step', () => {
    const passOn = [call('a', 'transfer_to_editor'), call('b', 'look'), call('c', 'transfer_to_printer')];
    const events: RunEvent[] = [
      { ...step(...passOn), handoff: { index: 0, agent: 'editor' } },
      result(1),
      {
        ...step(call('d', 'transfer_to_the_printer')),
        agent: 'editor',
        handoff: { index: 0, agent: 'the:printer' },
      },
      end,
    ];
    expect(progressOf(events)).toEqual([
      { event: 'tool-start', call_id: 'b', name: 'look' },
      { event: 'handoff', from: 'writer', to: 'editor' },
      { event: 'tool-end', call_id: 'b', name: 'look', ok: true },
      { event: 'handoff', from: 'editor', to: 'the:printer' },
    ]);
  });

  it('is of its own choice', () => {
    const ofSecond = (event: CommitEvent): RunEvent => ({ ...event, choice: 1 });
    const events = [
      step(call('a', 'look')),
      ofSecond(step(call('b', 'find'))),
      result(0),
      ofSecond(result(0)),
      end,
    ];
    const shown = parse(encode(events)).filter(({ calute }) => calute);
    expect(shown.map(({ choices, calute }) => [choices[0].index, calute.event, calute.name])).toEqual([
      [0, 'tool-start', 'look'],
      [1, 'tool-start', 'find'],
      [0, 'tool-end', 'look'],
      [1, 'tool-end', 'find'],
    ]);
  });
});

const run: RunEvent[] = [
  { type: 'text-delta', text: 'Let me see. ' },
  { ...step(call('a', 'look'), call('b', 'transfer_to_editor')), handoff: { index: 1, agent: 'editor' } },
  result(0),
  { type: 'text-delta', text: 'Clear.' },
  end,
];

it('is not there, and takes no number, for a run that did not ask for it', async () => {
  const withoutCommits = run.filter(({ type }) => type !== 'step-calls' && type !== 'tool-result');
  expect(encode(run, { showEvents: false })).toEqual(encode(withoutCommits, { showEvents: false }));
  const shown = number(false, 0);
  expect(shown.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
});

it('takes numbers of its own, so that a client may resume in the middle of it', () => {
  const whole = number(true, 0);
  expect(whole.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(whole.filter(({ data }) => data.includes('"calute"')).map(({ id }) => id)).toEqual([3, 4, 5]);
  for (let seen = 0; seen <= whole.length; seen++) expect(number(true, seen)).toEqual(whole.slice(seen));
});

function number(showEvents: boolean, afterEventId: number) {
  const encoding = {
    firstEventId: 1,
    createEncoder: () => new ChunkEncoder({ ...header, showEvents }),
  } as const;
  const numbered = new NumberedEvents(encoding, afterEventId);
  return run.flatMap((event) => numbered.next([event]));
}
