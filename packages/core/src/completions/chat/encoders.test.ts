import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../runs/run-event.ts';
import { NumberedEvents } from '../number-events.ts';
import { ChunkEncoder } from './encode-chunks.ts';
import { createCompletionGatherer } from './encode-completion.ts';

const header = {
  id: 'chatcmpl-1',
  created: 1_700_000_000,
  model: 'writer "x"',
  includeUsage: true,
  showEvents: false,
};
const end = {
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: { promptTokens: 7, completionTokens: 5, cachedTokens: 2, reasoningTokens: 1 },
  processingMs: 250,
};

type Delta = Exclude<RunEvent, { type: 'run-end' }>;

interface Chunk {
  id: string;
  choices: {
    index: number;
    delta: Record<string, unknown>;
    finish_reason: string | null;
    logprobs?: { content: unknown[] };
  }[];
  usage?: unknown;
  service_tier?: string;
}

function encode(events: readonly RunEvent[], options: Partial<typeof header> = {}): (Chunk | '[DONE]')[] {
  const encoder = new ChunkEncoder({ ...header, ...options });
  const data = events.flatMap((event) => encoder.encode(event)).map((chunk) => chunk.data);
  return data.map((line) => (line === '[DONE]' ? line : JSON.parse(line)));
}

const chunks = (encoded: (Chunk | '[DONE]')[]) =>
  encoded.filter((chunk): chunk is Chunk => chunk !== '[DONE]');

it('opens with the role, ends with one finish reason, the usage and [DONE]', () => {
  const encoded = encode([
    { type: 'text-delta', text: 'Hi' },
    { type: 'run-end', end },
  ]);
  expect(encoded).toEqual([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hi' }),
    { ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...chunk({}), choices: [], usage: usage() },
    '[DONE]',
  ]);
});

function chunk(delta: object) {
  const { id, created, model } = header;
  const choices = [{ index: 0, delta, finish_reason: null }];
  return { id, object: 'chat.completion.chunk', created, model, choices, usage: null };
}

function usage() {
  return {
    prompt_tokens: 7,
    completion_tokens: 5,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 1 },
    processing_time: 0.25,
    tokens_per_second: 20,
  };
}

it('says in the last chunk and in the completion what the model was not given, and else nothing', () => {
  const compaction = { strategy: 'summarise', messages: 12 } as const;
  const last = chunks(encode([{ type: 'run-end', end: { ...end, compaction } }])).find(
    ({ choices }) => choices[0]?.finish_reason === 'stop',
  );
  expect(last).toMatchObject({ calute: { context: compaction } });
  const completion = createCompletionGatherer(header).finish({ ...end, compaction });
  expect(completion.calute).toEqual({ context: compaction });
  expect(createCompletionGatherer(header).finish(end)).not.toHaveProperty('calute');
  expect(JSON.stringify(encode([{ type: 'run-end', end }]))).not.toContain('calute');
});

it('has no usage key anywhere unless usage was asked for', () => {
  const encoded = encode(
    [
      { type: 'text-delta', text: 'Hi' },
      { type: 'run-end', end },
    ],
    { includeUsage: false },
  );
  expect(JSON.stringify(encoded)).not.toContain('usage');
});

it('opens an empty answer with the role as well', () => {
  expect(chunks(encode([{ type: 'run-end', end }]))[0]?.choices[0]?.delta).toEqual({
    role: 'assistant',
    content: '',
  });
});

it('names the agent that answered on the last chunk and in the whole answer, if it is another one than was asked for', () => {
  const events = (agent?: string): RunEvent[] => [
    { type: 'text-delta', text: 'Hi' },
    { type: 'run-end', end: agent === undefined ? end : { ...end, agent } },
  ];
  const named = chunks(encode(events('poet "1"')));
  expect(named.map((one) => ({ ...one })).filter((one) => 'calute' in one)).toEqual([
    {
      ...chunk({}),
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      calute: { agent: 'poet "1"' },
    },
  ]);
  expect(createCompletionGatherer(header).finish({ ...end, agent: 'poet "1"' }).calute).toEqual({
    agent: 'poet "1"',
  });
  expect(JSON.stringify(encode(events()))).not.toContain('calute');
  expect(createCompletionGatherer(header).finish(end)).not.toHaveProperty('calute');
});

it('gives a tool call its id, type and name first, and later only arguments', () => {
  const encoded = chunks(
    encode([
      { type: 'tool-call', index: 0, id: 'call_1', name: 'weather' },
      { type: 'tool-call-delta', index: 0, arguments: '{"ci' },
      { type: 'run-end', end: { ...end, finishReason: 'tool_calls' } },
    ]),
  );
  expect(encoded.map(({ choices }) => choices[0]?.delta)).toEqual([
    { role: 'assistant', content: null },
    {
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: '{"ci' } }] },
    {},
    undefined,
  ]);
});

it('reports a failed, a cancelled and an expired run as an error envelope and nothing after it', () => {
  const encoder = () => new ChunkEncoder(header);
  const failed = encoder().encode({
    type: 'run-end',
    end: { reason: 'failed', code: 'upstream_cut', message: 'cut' },
  });
  expect(failed).toHaveLength(1);
  expect(JSON.parse(failed[0]?.data ?? '')).toEqual({
    error: { message: 'cut', type: 'server_error', param: null, code: 'upstream_cut' },
  });
  const cancelled = encoder().encode({ type: 'run-end', end: { reason: 'cancelled', by: 'client' } });
  expect(cancelled[0]?.error?.code).toBe('run_cancelled');
  const late = encoder().encode({ type: 'run-end', end: { reason: 'cancelled', by: 'deadline' } });
  expect(late[0]?.error?.code).toBe('deadline_exceeded');
});

const delta: fc.Arbitrary<Delta> = fc.oneof(
  fc.record({ type: fc.constant('text-delta' as const), text: fc.string({ unit: 'binary' }) }),
  fc.record({
    type: fc.constant('text-delta' as const),
    text: fc.string(),
    logprobs: fc.array(fc.record({ token: fc.string(), logprob: fc.integer() })),
  }),
  fc.record({ type: fc.constant('reasoning-delta' as const), text: fc.string({ unit: 'grapheme' }) }),
);

const toolCalls = fc.array(fc.record({ id: fc.string(), name: fc.string(), parts: fc.array(fc.string()) }), {
  maxLength: 3,
});

function toolEvents(calls: { id: string; name: string; parts: string[] }[]): Delta[] {
  return calls.flatMap(({ id, name, parts }, index): Delta[] => [
    { type: 'tool-call', index, id, name },
    ...parts.map((part): Delta => ({ type: 'tool-call-delta', index, arguments: part })),
  ]);
}

it('says the same in one answer as in the assembled stream', () => {
  fc.assert(
    fc.property(fc.array(delta), toolCalls, (deltas, calls) => {
      const events = [...deltas, ...toolEvents(calls)];
      const gatherer = createCompletionGatherer(header);
      for (const event of events) gatherer.add(event);
      const answer = gatherer.finish(end).choices[0];
      const parts = chunks(encode([...events, { type: 'run-end', end }])).flatMap(({ choices }) => choices);
      const content = parts.map(({ delta: part }) => part['content'] ?? '').join('');
      expect(answer.message.content ?? '').toBe(content);
      expect(answer.message.reasoning ?? '').toBe(
        parts.map(({ delta: part }) => part['reasoning'] ?? '').join(''),
      );
      expect(answer.logprobs?.content ?? []).toEqual(
        parts.flatMap(({ logprobs }) => logprobs?.content ?? []),
      );
      expect(answer.message.tool_calls?.map((call) => call.function.arguments) ?? []).toEqual(
        calls.map((call) => call.parts.join('')),
      );
    }),
  );
});

it('numbers what the client sees densely, and gives a resumed client exactly the rest', () => {
  const events: RunEvent[] = ['a', 'b', 'c'].map((text) => ({ type: 'text-delta', text }));
  const frames = [events.slice(0, 2), events.slice(2), [{ type: 'run-end' as const, end }]];
  const whole = number(frames, 0);
  expect(whole.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (let seen = 0; seen <= whole.length; seen++) expect(number(frames, seen)).toEqual(whole.slice(seen));
});

function number(frames: readonly (readonly RunEvent[])[], afterEventId: number) {
  const encoding = { firstEventId: 1, createEncoder: () => new ChunkEncoder(header) } as const;
  const numbered = new NumberedEvents(encoding, afterEventId);
  return frames.flatMap((frame) => numbered.next(frame));
}

it.each([false, true])('asks for no retry of a failure once tools may have started: %s', (tools) => {
  const call = { id: 'c', name: 't', arguments: '{}' };
  const stepCalls = { type: 'step-calls' as const, text: '', calls: [call], usage: end.usage };
  const before = tools ? [stepCalls] : [];
  const lost = { reason: 'failed' as const, code: 'worker_lost' as const, message: 'lost' };
  const encoder = new ChunkEncoder(header);
  const chunks = [...before, { type: 'run-end' as const, end: lost }].flatMap((event) =>
    encoder.encode(event),
  );
  const gatherer = createCompletionGatherer(header);
  for (const event of before) gatherer.add(event);
  expect([chunks.at(-1)?.error?.retryable, gatherer.fail(lost).retryable]).toEqual([!tools, !tools]);
});
