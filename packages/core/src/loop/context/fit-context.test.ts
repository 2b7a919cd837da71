import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ContextPolicy } from '../../agent/agent.ts';
import { defineAgent } from '../../agent/define-agent.ts';
import type { ModelCall, ModelEvent } from '../../models/model-provider.ts';
import type { Message } from '../../request/message.ts';
import { isCommit, type RunEvent } from '../../runs/run-event.ts';
import { readHistory } from '../../runs/run-history.ts';
import type { AgentNote } from '../agent-note.ts';
import { runAgent } from '../run-agent.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
const answer = (text: string): ModelEvent[] => [
  { type: 'text-delta', text },
  { type: 'model-end', finishReason: 'stop', usage },
];
const lookUp: ModelEvent[] = [
  { type: 'tool-call', index: 0, id: 'call_1', name: 'look' },
  { type: 'tool-call-delta', index: 0, arguments: '{}' },
  { type: 'model-end', finishReason: 'tool_calls', usage },
];

/** About a hundred tokens. */
const long = (name: string) => name.padEnd(384, '.');
const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const history = [
  user(long('u1')),
  assistant(long('a1')),
  user(long('u2')),
  assistant(long('a2')),
  user(long('u3')),
];

interface Asked {
  readonly model: string;
  readonly call: ModelCall;
}

interface Options {
  readonly messages?: readonly Message[];
  /** What the agent's model answers, the last one again and again. */
  readonly rounds?: readonly ModelEvent[][];
  readonly summary?: ModelEvent[];
  readonly committed?: readonly RunEvent[];
}

const longResult = { description: 'Looks', parameters: z.object({}), execute: () => long('seen') };

/** Runs an agent with a context, instructions and a tool; what it asked of which model, and what came of it. */
async function run(context: ContextPolicy | undefined, options: Options = {}) {
  const {
    messages = history,
    rounds = [answer('Yes')],
    summary = answer('They talked.'),
    committed = [],
  } = options;
  const asked: Asked[] = [];
  const notes: AgentNote[] = [];
  const agent = defineAgent({
    id: 'a',
    model: 'offline:main',
    instructions: 'Be brief.',
    tools: { look: longResult },
    ...(context === undefined ? {} : { context }),
  });
  const events = runAgent({
    agent,
    request: { model: 'a', messages },
    resolveModel: (model) => ({
      accepts: new Set(),
      async *stream(call) {
        asked.push({ model, call });
        const isSummary = call.messages[0]?.content?.toString().startsWith('Summarise') === true;
        const round = asked.filter((one) => one.call.tools.length > 0).length;
        yield isSummary ? summary : (rounds[Math.min(round, rounds.length) - 1] ?? []);
      },
    }),
    context: { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) },
    committed: readHistory(committed).steps,
    signal: new AbortController().signal,
    note: (note) => notes.push(note),
  });
  return { asked, notes, events: (await Array.fromAsync(events)).flat() };
}

const briefly = (messages: readonly Message[] = []) =>
  messages.map(({ content }) => content?.toString().replace(/\.+$/, '') ?? '');

describe('a conversation that is too long', () => {
  test('is sent as it is by an agent without a context', async () => {
    const { asked, notes } = await run(undefined);
    expect(asked[0]?.call.messages).toHaveLength(6);
    expect(notes).toEqual([]);
  });

  test('is refused before the model is asked, with what it is and may be', async () => {
    const refused = run({ strategy: 'refuse', maxTokens: 400 });
    await expect(refused).rejects.toMatchObject({
      code: 'context_length_exceeded',
      status: 400,
      param: 'messages',
      message: expect.stringMatching(/has about 5\d\d tokens; the model "a" takes 400 at most/),
    });
    const { asked } = await run({ strategy: 'refuse', maxTokens: 600 });
    expect(asked).toHaveLength(1);
  });

  test('loses its oldest turns to a sliding window, never its instructions; operator and client are told', async () => {
    const { asked, notes, events } = await run({ strategy: 'sliding-window', maxTokens: 400 });
    expect(briefly(asked[0]?.call.messages)).toEqual(['Be brief', 'u2', 'a2', 'u3']);
    expect(notes).toEqual([
      {
        type: 'context-compacted',
        strategy: 'sliding-window',
        messagesBefore: 6,
        messagesAfter: 4,
        tokensBefore: expect.any(Number),
        tokensAfter: expect.any(Number),
      },
    ]);
    expect(JSON.stringify(notes)).not.toContain('u1');
    expect(events.at(-1)).toMatchObject({ end: { compaction: { strategy: 'sliding-window', messages: 2 } } });
  });

  test('is refused by a sliding window when its last message alone is too long', async () => {
    const refused = run({ strategy: 'sliding-window', maxTokens: 90 });
    await expect(refused).rejects.toMatchObject({ code: 'context_length_exceeded' });
  });

  test('slides on while the agent calls tools, with each result beside its call', async () => {
    const rounds = [lookUp, lookUp, lookUp, answer('Yes')];
    const { asked, events } = await run({ strategy: 'sliding-window', maxTokens: 400 }, { rounds });
    expect(asked).toHaveLength(4);
    const roles = asked.map(({ call }) => call.messages.map(({ role }) => role.charAt(0)).join(''));
    expect(roles).toEqual(['suau', 'suat', 'suatat', 'suatat']);
    expect(asked.at(-1)?.call.messages[1]?.content).toMatch(/^u3/);
    expect(events.at(-1)).toMatchObject({ end: { compaction: { messages: 6 } } });
  });
});

describe('a summary', () => {
  const context = {
    strategy: 'summarise',
    maxTokens: 512,
    keepLast: 2,
    summaryModel: 'offline:small',
  } as const;
  const messages = [user(long('u0')), assistant(long('a0')), ...history];

  test('stands for the older messages, in front of the newest and as a message of the user', async () => {
    const { asked, events } = await run(context, { messages });
    expect(asked.map(({ model }) => model)).toEqual([...Array(4).fill('offline:small'), 'offline:main']);
    const main = asked.at(-1)?.call.messages;
    expect(main?.map(({ role }) => role)).toEqual(['system', 'user', 'user']);
    expect(main?.[1]?.content).toMatch(/^Summary of the earlier part .*:\nThey talked\.$/);
    expect(briefly(main?.slice(2))).toEqual(['u3']);
    expect(events.at(-1)).toMatchObject({
      end: {
        compaction: { strategy: 'summarise', messages: 6 },
        usage: { promptTokens: 50, completionTokens: 10 },
      },
    });
  });

  test('is made in parts that fit, each with what was found so far, and without tools', async () => {
    const { asked } = await run(context, { messages });
    const [first, second] = asked.map(({ call }) => call);
    expect(first?.messages[1]?.content).toMatch(/<conversation>\nuser: u0/);
    expect(second?.messages[1]?.content).toMatch(/^Summary of what came before:\nThey talked\./);
    const told = asked.map(({ call }) => call.messages[1]?.content ?? '').join('');
    for (const name of ['u0', 'a0', 'u1', 'a1', 'u2', 'a2']) expect(told).toContain(`: ${name}`);
    expect([first?.tools, first?.parameters, first?.toolChoice]).toEqual([[], {}, undefined]);
  });

  test('is made by the agent’s own model unless another is named', async () => {
    const { summaryModel: _, ...own } = context;
    const { asked } = await run(own, { messages });
    expect(new Set(asked.map(({ model }) => model))).toEqual(new Set(['offline:main']));
  });

  test('is made again in a run that grows again, and of the summary too', async () => {
    const rounds = [lookUp, lookUp, lookUp, lookUp, lookUp, answer('Yes')];
    const { asked, notes, events } = await run(context, { messages, rounds });
    const summaries = asked.filter(({ model }) => model === 'offline:small');
    expect(summaries.at(-1)?.call.messages[1]?.content).toContain('They talked.');
    expect(notes).toHaveLength(2);
    const left = 6 + 2 * 2; // the two oldest calls of the tool with their results
    expect(events.at(-1)).toMatchObject({ end: { compaction: { messages: left } } });
    for (const { call } of asked.filter(({ model }) => model === 'offline:main')) {
      expect(call.messages.findLast(({ role }) => role === 'user')?.content).toMatch(/^u3/);
    }
  });

  test('is refused when the conversation is too long for it, as is one that does not help', async () => {
    const huge = [user('x'.repeat(20_000)), ...history];
    const refused = { code: 'context_length_exceeded', param: 'messages' };
    await expect(run(context, { messages: huge })).rejects.toMatchObject(refused);
    const wordy = run(context, { messages, summary: answer('x'.repeat(4000)) });
    await expect(wordy).rejects.toMatchObject(refused);
  });

  test('that is empty fails the run, because the model would miss what was said', async () => {
    const silent = run(context, { messages, summary: answer(' ') });
    await expect(silent).rejects.toMatchObject({ code: 'agent_failed' });
  });

  test('is made again after a crash, its usage counted once for each step', async () => {
    const rounds = [lookUp, answer('Yes')];
    const whole = await run(context, { messages, rounds });
    const committed = whole.events.filter(isCommit);
    const resumed = await run(context, { messages, rounds: [answer('Yes')], committed });
    expect(resumed.events.at(-1)).toMatchObject({ type: 'run-end', end: { reason: 'completed' } });
    const [step] = readHistory(committed).steps;
    expect(step?.usage.promptTokens).toBe(50);
    const calls = resumed.asked.length;
    expect(resumed.events.at(-1)).toMatchObject({ end: { usage: { promptTokens: 50 + calls * 10 } } });
  });
});
