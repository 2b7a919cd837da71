import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall, ModelEvent, ResolveModel } from '../models/model-provider.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { ClientTool } from '../request/client-tool.ts';
import { isCommit, type RunEvent } from '../runs/run-event.ts';
import { runAgent } from './run-agent.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 1, reasoningTokens: 1 };
const text = (content: string): ModelEvent => ({ type: 'text-delta', text: content });
const end = (finishReason: 'stop' | 'length' | 'tool_calls', serviceTier?: string): ModelEvent => ({
  type: 'model-end',
  finishReason,
  usage,
  ...(serviceTier === undefined ? {} : { serviceTier }),
});
const toolCall = (index: number, name: string, args = '{}'): ModelEvent[] => [
  { type: 'tool-call', index, id: `call_${name}_${index}`, name },
  { type: 'tool-call-delta', index, arguments: args.slice(0, 1) },
  { type: 'tool-call-delta', index, arguments: args.slice(1) },
];

const ran: unknown[] = [];
const weather = {
  description: 'Weather',
  parameters: z.object({ city: z.string().default('Rome') }),
  execute: ({ city }: { city: string }) => {
    ran.push(city);
    return { city, sky: 'clear' };
  },
};
const plain = defineAgent({ id: 'plain', model: 'offline:m' });
const helped = defineAgent({ id: 'helped', model: 'offline:m', tools: { weather }, limits: { maxSteps: 3 } });
const clientTool: ClientTool = { type: 'function', function: { name: 'search' } };

interface Run {
  readonly events: RunEvent[];
  readonly calls: ModelCall[];
}

/** Runs an agent on a model that answers with these rounds, the last one again and again. */
async function run(
  agent: Agent,
  rounds: readonly (readonly ModelEvent[])[],
  request: Partial<AgentRequest> = {},
): Promise<Run> {
  const calls: ModelCall[] = [];
  const resolveModel: ResolveModel = () => ({
    accepts: new Set(),
    async *stream(call) {
      calls.push(call);
      yield rounds[Math.min(calls.length, rounds.length) - 1] ?? [];
    },
  });
  return { events: await collect(agent, resolveModel, request), calls };
}

async function collect(
  agent: Agent,
  resolveModel: ResolveModel,
  request: Partial<AgentRequest>,
): Promise<RunEvent[]> {
  const chat: AgentRequest = { model: agent.id, messages: [{ role: 'user', content: 'hi' }], ...request };
  const context = { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) };
  const { signal } = new AbortController();
  return (await Array.fromAsync(runAgent({ agent, request: chat, resolveModel, context, signal }))).flat();
}

describe('an agent without instructions and tools', () => {
  test('passes messages, sampling and parameters to its model as they are, and its events to the client', async () => {
    const agent = { ...plain, sampling: { temperature: 0 } };
    const request: Partial<AgentRequest> = {
      tools: [clientTool],
      tool_choice: 'required',
      seed: 0,
      user: undefined,
    };
    const { events, calls } = await run(agent, [[text('Hi'), end('length', 'flex')]], request);
    expect(calls).toEqual([
      {
        messages: [{ role: 'user', content: 'hi' }],
        sampling: { temperature: 0 },
        tools: [clientTool],
        toolChoice: 'required',
        parameters: { seed: 0 },
      },
    ]);
    expect(events).toEqual([
      { type: 'text-delta', text: 'Hi' },
      {
        type: 'run-end',
        end: {
          reason: 'completed',
          finishReason: 'length',
          usage,
          processingMs: expect.any(Number),
          serviceTier: 'flex',
        },
      },
    ]);
  });

  test('refuses custom tools, naming the field', async () => {
    const custom = run(plain, [[end('stop')]], { tools: [{ type: 'custom', custom: { name: 'c' } }] });
    await expect(custom).rejects.toMatchObject({ code: 'unsupported_parameter', param: 'tools' });
  });

  test('fails as its model fails', async () => {
    await expect(run(plain, [[text('Hi')]])).rejects.toMatchObject({ code: 'upstream_cut' });
  });
});

describe('the agent’s own tools', () => {
  test('are run and never shown; the model is asked again with their results, and usage is summed', async () => {
    ran.length = 0;
    const rounds = [
      [
        text('Let me see. '),
        ...toolCall(0, 'weather', '{"city":"Oslo"}'),
        ...toolCall(1, 'weather'),
        end('tool_calls'),
      ],
      [text('Clear.'), end('stop')],
    ];
    const { events, calls } = await run(helped, rounds, { tool_choice: 'required' });
    expect(ran).toEqual(['Oslo', 'Rome']);
    expect(events.filter((event) => !isCommit(event))).toMatchObject([
      { type: 'text-delta', text: 'Let me see. ' },
      { type: 'text-delta', text: 'Clear.' },
      {
        type: 'run-end',
        end: {
          finishReason: 'stop',
          usage: { promptTokens: 20, completionTokens: 4, cachedTokens: 2, reasoningTokens: 2 },
        },
      },
    ]);
    expect(calls[1]?.messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        content: 'Let me see. ',
        tool_calls: [{ id: 'call_weather_0' }, { id: 'call_weather_1' }],
      },
      { role: 'tool', tool_call_id: 'call_weather_0', content: '{"city":"Oslo","sky":"clear"}' },
      { role: 'tool', tool_call_id: 'call_weather_1', content: '{"city":"Rome","sky":"clear"}' },
    ]);
    expect(calls.map(({ toolChoice }) => toolChoice)).toEqual(['required', undefined]);
  });

  test('are described to the model beside the client’s', async () => {
    const { calls } = await run(helped, [[end('stop')]], { tools: [clientTool] });
    const parameters = { type: 'object', properties: { city: { type: 'string', default: 'Rome' } } };
    expect(calls[0]?.tools).toEqual([
      { type: 'function', function: { name: 'weather', description: 'Weather', parameters } },
      clientTool,
    ]);
  });

  test('cannot share a name with the client’s', async () => {
    const tools: ClientTool[] = [clientTool, { type: 'function', function: { name: 'weather' } }];
    await expect(run(helped, [[end('stop')]], { tools })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'tools.1.function.name',
    });
  });

  test('give the model their errors', async () => {
    const { calls } = await run(helped, [
      [...toolCall(0, 'weather', '{"city":1}'), end('tool_calls')],
      [end('stop')],
    ]);
    expect(calls[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('error'),
    });
  });

  test('end the run after maxSteps model calls, and are not run for the last of them', async () => {
    ran.length = 0;
    const endless = run(helped, [[...toolCall(0, 'weather'), end('tool_calls')]]);
    await expect(endless).rejects.toMatchObject({
      code: 'run_limit_exceeded',
      message: expect.stringContaining('limits.maxSteps: 3'),
    });
    expect(ran).toHaveLength(2);
  });

  test('are not run when a token limit may have cut their arguments', async () => {
    ran.length = 0;
    const { events } = await run(helped, [[...toolCall(0, 'weather'), end('length')]]);
    expect(ran).toEqual([]);
    expect(events).toMatchObject([{ type: 'run-end', end: { finishReason: 'length' } }]);
  });
});

describe('the client’s tools', () => {
  test('end the run with tool_calls, under dense indexes, and leave own calls beside them undone', async () => {
    ran.length = 0;
    const round = [
      ...toolCall(0, 'weather'),
      ...toolCall(1, 'search', '{"q":1}'),
      ...toolCall(2, 'search'),
      end('tool_calls'),
    ];
    const { events, calls } = await run(helped, [round], { tools: [clientTool] });
    expect([ran, calls.length]).toEqual([[], 1]);
    expect(events).toMatchObject([
      { type: 'tool-call', index: 0, id: 'call_search_1', name: 'search' },
      { type: 'tool-call-delta', index: 0, arguments: '{' },
      { type: 'tool-call-delta', index: 0, arguments: '"q":1}' },
      { type: 'tool-call', index: 1, id: 'call_search_2' },
      { type: 'tool-call-delta', index: 1 },
      { type: 'tool-call-delta', index: 1 },
      { type: 'run-end', end: { finishReason: 'tool_calls' } },
    ]);
  });
});
