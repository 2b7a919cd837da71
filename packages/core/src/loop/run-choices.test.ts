import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ToolContext } from '../agent/agent.ts';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError } from '../errors.ts';
import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { RunHistory } from '../runs/run-history.ts';
import { runChoices } from './run-choices.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 1, reasoningTokens: 0 };
const text = (content: string): ModelEvent => ({ type: 'text-delta', text: content });
const end = (finishReason: 'stop' | 'length' | 'tool_calls' = 'stop'): ModelEvent => ({
  type: 'model-end',
  finishReason,
  usage,
});

type Answer = (call: ModelCall, signal: AbortSignal) => AsyncIterable<readonly ModelEvent[]>;

interface Run {
  readonly request?: Partial<AgentRequest>;
  readonly committed?: readonly RunHistory[];
  readonly signal?: AbortSignal;
}

const seen: ToolContext[] = [];
const agent = defineAgent({
  id: 'plain',
  model: 'offline:m',
  tools: {
    note: {
      description: 'Takes a note',
      parameters: z.object({}),
      execute: (_, context) => {
        seen.push(context);
        return 'noted';
      },
    },
  },
});

function start(stream: Answer, { request = {}, committed = [], signal }: Run = {}) {
  return runChoices({
    agent,
    request: { model: 'plain', messages: [{ role: 'user', content: 'hi' }], ...request },
    resolveModel: () => ({ accepts: new Set(), stream }),
    context: { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) },
    committed,
    signal: signal ?? new AbortController().signal,
  });
}

async function collect(...started: Parameters<typeof start>): Promise<RunEvent[]> {
  return (await Array.fromAsync(start(...started))).flat();
}

/** Says which choice it is. */
async function* introduce({ choice }: ModelCall): AsyncGenerator<readonly ModelEvent[]> {
  yield [text(`I am ${choice}`)];
  yield [text('.'), end(choice === 1 ? 'length' : 'stop')];
}

it('is the agent itself for one choice: its events carry no choice and none ends before the run', async () => {
  for (const request of [{}, { n: 1 }]) {
    expect(await collect(introduce, { request })).toEqual([
      { type: 'text-delta', text: 'I am undefined' },
      { type: 'text-delta', text: '.' },
      {
        type: 'run-end',
        end: { reason: 'completed', finishReason: 'stop', usage, processingMs: expect.any(Number) },
      },
    ]);
  }
});

it('runs each choice on its own, in its own order, ends each, and then the run with the sums', async () => {
  const events = await collect(introduce, { request: { n: 3 } });
  const ofChoice = (choice: number) =>
    events.filter((event) => event.type !== 'run-end' && (event.choice ?? 0) === choice);
  for (const choice of [0, 1, 2]) {
    expect(ofChoice(choice)).toMatchObject([
      { type: 'text-delta', text: `I am ${choice}` },
      { type: 'text-delta', text: '.' },
      { type: 'choice-end', end: { finishReason: choice === 1 ? 'length' : 'stop', usage } },
    ]);
  }
  expect(events.slice(0, 3).map((event) => 'choice' in event && event.choice)).toEqual([false, 1, 2]);
  const sum = { promptTokens: 30, completionTokens: 6, cachedTokens: 3, reasoningTokens: 0 };
  expect(events.at(-1)).toMatchObject({ type: 'run-end', end: { finishReason: 'stop', usage: sum } });
  expect(events).toHaveLength(3 * 3 + 1);
});

it('gives each choice a seed of its own, the first one the seed of the request, and no n to the model', async () => {
  const calls: ModelCall[] = [];
  const answer: Answer = async function* (call) {
    calls.push(call);
    yield [end()];
  };
  await collect(answer, { request: { n: 3, seed: 7 } });
  await collect(answer, { request: { n: 2 } });
  expect(calls.map(({ parameters }) => parameters)).toEqual([{ seed: 7 }, { seed: 8 }, { seed: 9 }, {}, {}]);
});

it('gives the tools of two choices different call ids although the model gave them the same', async () => {
  seen.length = 0;
  const answer: Answer = async function* ({ messages }) {
    if (messages.at(-1)?.role === 'tool') yield [end()];
    else yield [{ type: 'tool-call', index: 0, id: 'call_0', name: 'note' }, end('tool_calls')];
  };
  const events = await collect(answer, { request: { n: 2 } });
  expect(seen.map(({ callId }) => callId).toSorted()).toEqual(['call_0', 'call_0.1']);
  expect(events.filter(({ type }) => type === 'tool-result')).toHaveLength(2);
});

it('fails with the first choice that fails, and stops the others at once', async () => {
  const stopped = Promise.withResolvers<unknown>();
  const answer: Answer = async function* ({ choice }, signal) {
    yield [text('Well')];
    if (choice === 1) throw new CaluteError('upstream_cut', 'The upstream was cut.');
    signal.addEventListener('abort', () => stopped.resolve(signal.reason));
    await new Promise(() => undefined);
  };
  await expect(collect(answer, { request: { n: 2 } })).rejects.toMatchObject({ code: 'upstream_cut' });
  expect(await stopped.promise).toBeInstanceOf(Error);
});

it('stops all choices when the run is aborted, and throws the reason of that', async () => {
  const controller = new AbortController();
  const reasons: unknown[] = [];
  const answer: Answer = async function* (_, signal) {
    yield [text('Well')];
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => {
      reasons.push(signal.reason);
      aborted.reject(signal.reason);
    });
    await aborted.promise;
  };
  const reason = new Error('cancelled');
  const read = async () => {
    let count = 0;
    for await (const _ of start(answer, { request: { n: 3 }, signal: controller.signal })) {
      count += 1;
      if (count === 3) setImmediate(() => controller.abort(reason));
    }
  };
  await expect(read()).rejects.toBe(reason);
  expect(reasons).toEqual([reason, reason, reason]);
});

it('does not run a choice again that had ended, and counts it', async () => {
  const ended: RunHistory = {
    steps: [],
    hasLooseEnd: false,
    end: { reason: 'completed', finishReason: 'length', usage, processingMs: 1e6, serviceTier: 'flex' },
  };
  const blank: RunHistory = { steps: [], hasLooseEnd: false };
  const events = await collect(introduce, { request: { n: 2 }, committed: [ended, blank] });
  expect(events).toMatchObject([
    { type: 'text-delta', text: 'I am 1', choice: 1 },
    { type: 'text-delta', text: '.', choice: 1 },
    { type: 'choice-end', choice: 1 },
    {
      type: 'run-end',
      end: {
        finishReason: 'length',
        processingMs: 1e6,
        serviceTier: 'flex',
        usage: { promptTokens: 20, completionTokens: 4 },
      },
    },
  ]);
  expect(await collect(introduce, { request: { n: 2 }, committed: [ended, ended] })).toMatchObject([
    { type: 'run-end', end: { usage: { promptTokens: 20 } } },
  ]);
});
