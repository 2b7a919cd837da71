import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../models/model-provider.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { ClientTool } from '../request/client-tool.ts';
import type { ResponseFormat } from '../request/provider-fields.ts';
import { isCommit, type RunEvent } from '../runs/run-event.ts';
import { readHistory } from '../runs/run-history.ts';
import type { AgentNote } from './agent-note.ts';
import { runAgent } from './run-agent.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
const end = (finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter'): ModelEvent => ({
  type: 'model-end',
  finishReason,
  usage,
});
const say = (...texts: string[]): ModelEvent[] => texts.map((text) => ({ type: 'text-delta', text }));
const call = (name: string): ModelEvent[] => [
  { type: 'tool-call', index: 0, id: `call_${name}`, name },
  { type: 'tool-call-delta', index: 0, arguments: '{}' },
];

const good = [...say('{"sky":', '"clear"}'), end('stop')];
const bad = [...say('The sky ', 'is clear.'), end('stop')];

const schema = { type: 'object', properties: { sky: { type: 'string' } }, required: ['sky'] };
const response_format: ResponseFormat = {
  type: 'json_schema',
  json_schema: { name: 'weather', schema, strict: true },
};
const search: ClientTool = { type: 'function', function: { name: 'search' } };

const look = { description: 'Looks', parameters: z.object({}), execute: () => 'clear' };
const agent = defineAgent({ id: 'a', model: 'offline:m', tools: { look }, limits: { maxSteps: 4 } });

interface Run {
  readonly arrays: (readonly RunEvent[])[];
  readonly events: RunEvent[];
  readonly calls: ModelCall[];
  readonly notes: AgentNote[];
  readonly error: unknown;
}

interface RunOptions {
  readonly agent?: Agent;
  readonly enforces?: boolean;
  readonly request?: Partial<AgentRequest>;
  readonly committed?: readonly RunEvent[];
}

/** Runs an agent on a model that answers with these rounds in turn, each of which comes at once or event by event. */
async function run(rounds: readonly (readonly ModelEvent[])[], options: RunOptions = {}): Promise<Run> {
  const { request = { response_format }, committed = [] } = options;
  const result = { arrays: [] as Run['arrays'], calls: [] as ModelCall[], notes: [] as AgentNote[] };
  const provider: ModelProvider = {
    accepts: new Set(),
    enforcesFormat: () => options.enforces === true,
    async *stream(asked) {
      result.calls.push(asked);
      for (const event of rounds[result.calls.length - 1] ?? []) yield [event];
    },
  };
  let error: unknown;
  try {
    const events = runAgent({
      agent: options.agent ?? agent,
      request: { model: 'a', messages: [{ role: 'user', content: 'hi' }], ...request },
      resolveModel: () => provider,
      context: { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) },
      committed: readHistory(committed).steps,
      signal: new AbortController().signal,
      note: (note) => result.notes.push(note),
    });
    for await (const array of events) result.arrays.push(array);
  } catch (thrown) {
    error = thrown;
  }
  return { ...result, events: result.arrays.flat(), error };
}

const textOf = (events: readonly RunEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

describe('an answer of a provider that does not enforce the format', () => {
  test('is shown in one go once it is valid', async () => {
    const { arrays, calls, error } = await run([good]);
    expect(error).toBeUndefined();
    expect(arrays).toMatchObject([say('{"sky":', '"clear"}'), [{ type: 'run-end' }]]);
    expect(calls).toHaveLength(1);
  });

  test('is asked for again when it is not, with its fault and the schema; usage is summed', async () => {
    const { events, calls, notes } = await run([bad, good]);
    expect(textOf(events)).toBe('{"sky":"clear"}');
    expect(events.at(-1)).toMatchObject({
      type: 'run-end',
      end: { finishReason: 'stop', usage: { promptTokens: 20, completionTokens: 4 } },
    });
    const [said, asked] = calls[1]?.messages.slice(-2) ?? [];
    expect(said).toEqual({ role: 'assistant', content: 'The sky is clear.' });
    expect(asked).toMatchObject({ role: 'user', content: expect.stringMatching(/not JSON alone/) });
    expect(asked?.content).toContain(JSON.stringify(schema));
    expect(calls[1]?.toolChoice).toBe('none');
    expect(notes).toEqual([{ type: 'answer-repaired', outcome: 'valid' }]);
  });

  test('that is wrong twice is never shown, and fails the run', async () => {
    const { events, calls, error, notes } = await run([bad, [...say('{"sky":1}'), end('stop')], good]);
    expect(error).toMatchObject({
      code: 'invalid_structured_output',
      status: 502,
      retryable: false,
      message: expect.stringMatching(/At \/sky/),
    });
    expect(events).toEqual([]);
    expect(calls).toHaveLength(2);
    expect(notes).toEqual([{ type: 'answer-repaired', outcome: 'invalid' }]);
  });

  test('is not asked for again beyond maxSteps', async () => {
    const once = defineAgent({ id: 'a', model: 'offline:m', limits: { maxSteps: 1 } });
    const { calls, error } = await run([bad, good], { agent: once });
    expect(error).toMatchObject({ code: 'invalid_structured_output' });
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['maxOutputTokens', { maxOutputTokens: 2 }],
    ['maxCostUsd', { maxCostUsd: 0.00001 }],
  ])('is not asked for again beyond %s', async (_, limits) => {
    const prices = { inputPerMillion: 1, outputPerMillion: 1 };
    const poor = defineAgent({ id: 'a', model: 'offline:m', limits, prices });
    const { calls, error } = await run([bad, good], { agent: poor });
    expect(error).toMatchObject({ code: 'invalid_structured_output' });
    expect(calls).toHaveLength(1);
  });

  test('is asked for again with the output tokens that are left', async () => {
    const thrifty = defineAgent({ id: 'a', model: 'offline:m', limits: { maxOutputTokens: 5 } });
    const { calls } = await run([bad, good], { agent: thrifty });
    expect(calls.map(({ sampling }) => sampling.maxTokens)).toEqual([5, 3]);
  });

  test('that calls a tool when asked again is none', async () => {
    const { error, events } = await run([bad, [...call('look'), end('tool_calls')], good]);
    expect(error).toMatchObject({ code: 'invalid_structured_output' });
    expect(events).toEqual([]);
  });

  test('shows its reasoning all the while, and fails as its model fails', async () => {
    const thought: ModelEvent = { type: 'reasoning-delta', text: 'Hm.' };
    const { arrays, error } = await run([[thought, ...say('{"sk')]]);
    expect(arrays).toEqual([[thought]]);
    expect(error).toMatchObject({ code: 'upstream_cut' });
  });

  test.each(['length', 'content_filter'] as const)(
    'that was cut off by %s passes as it is',
    async (reason) => {
      const { events, calls } = await run([[...say('{"sk'), end(reason)]]);
      expect(textOf(events)).toBe('{"sk');
      expect(events.at(-1)).toMatchObject({ end: { finishReason: reason } });
      expect(calls).toHaveLength(1);
    },
  );

  test('of more than 1 MB fails the run', async () => {
    const { error } = await run([[...say('x'.repeat(1_000_000), 'y'.repeat(100_000)), end('stop')]]);
    expect(error).toMatchObject({ code: 'output_too_large' });
  });
});

describe('what a model says beside calls of tools', () => {
  test('of the client passes with them: it is no answer yet', async () => {
    const request = { response_format, tools: [search] };
    const { events, calls } = await run([[...say('I search.'), ...call('search'), end('tool_calls')]], {
      request,
    });
    expect(textOf(events)).toBe('I search.');
    expect(events.map(({ type }) => type)).toContain('tool-call');
    expect(events.at(-1)).toMatchObject({ end: { finishReason: 'tool_calls' } });
    expect(calls).toHaveLength(1);
  });

  test('of the agent is never in front of the answer, but the model is told of it', async () => {
    const { events, calls } = await run([[...say('Let me see.'), ...call('look'), end('tool_calls')], good]);
    expect(textOf(events)).toBe('{"sky":"clear"}');
    expect(calls[1]?.messages.at(-2)).toMatchObject({ role: 'assistant', content: 'Let me see.' });
  });
});

describe('an answer of a provider that enforces the format', () => {
  test('is shown as it comes', async () => {
    const { arrays } = await run([good], { enforces: true });
    expect(arrays).toMatchObject([say('{"sky":'), say('"clear"}'), [{ type: 'run-end' }]]);
  });

  test('ends with the error after its text when it is wrong nevertheless', async () => {
    const { events, calls, error } = await run([bad, good], { enforces: true });
    expect(textOf(events)).toBe('The sky is clear.');
    expect(error).toMatchObject({ code: 'invalid_structured_output' });
    expect(calls).toHaveLength(1);
  });

  test('is wrong when something has been shown in front of it, by an earlier attempt too', async () => {
    const first = [...say('Let me see.'), ...call('look'), end('tool_calls')];
    const whole = await run([first, good], { enforces: true });
    expect(whole.error).toMatchObject({ code: 'invalid_structured_output' });
    const committed = whole.events.filter(isCommit);
    const resumed = await run([good], { enforces: true, committed });
    expect(resumed.error).toMatchObject({ code: 'invalid_structured_output' });
  });
});

describe('a crash before the answer is shown', () => {
  const rounds = [[...say('Let me see.'), ...call('look'), end('tool_calls')], bad, good];

  test('leaves nothing that another attempt could not go on from, and the same answer and usage', async () => {
    const whole = await run(rounds);
    const shown = whole.events.findIndex(({ type }) => type === 'text-delta');
    const stored = whole.events.slice(0, shown);
    expect(readHistory(stored).hasLooseEnd).toBe(false);
    const resumed = await run(rounds.slice(1), { committed: stored });
    expect(resumed.events.slice(0, -1)).toEqual(whole.events.slice(shown, -1));
    expect(resumed.events.at(-1)).toMatchObject({
      end: { usage: { promptTokens: 30, completionTokens: 6 } },
    });
    expect(whole.events.at(-1)).toMatchObject({ end: { usage: { promptTokens: 30, completionTokens: 6 } } });
  });
});

test('without a format nothing is checked or kept back', async () => {
  const requests: Partial<AgentRequest>[] = [{}, { response_format: { type: 'text' } }];
  for (const request of requests) {
    const { arrays, calls } = await run([bad, good], { request });
    expect(arrays).toMatchObject([say('The sky '), say('is clear.'), [{ type: 'run-end' }]]);
    expect(calls).toHaveLength(1);
  }
});
