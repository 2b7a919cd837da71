import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineAgent, isAgent } from './define-agent.ts';

const full = () =>
  defineAgent({
    id: 'writer',
    model: 'openai:gpt-5-mini',
    instructions: 'Write plainly.',
    sampling: { temperature: 0, maxTokens: 800, stop: ['END'] },
    tools: {
      weather: {
        description: 'Current weather of a city',
        parameters: z.object({ city: z.string() }),
        execute: async ({ city }, { signal, runId, callId }) => {
          expectTypeOf(city).toEqualTypeOf<string>();
          return { city, runId, callId, aborted: signal.aborted };
        },
        idempotent: true,
        timeoutMs: 30_000,
      },
      add: {
        description: 'Adds',
        parameters: z.object({ by: z.number().default(1) }),
        execute: ({ by }) => by.toFixed(1),
      },
    },
    handoffs: ['editor'],
    limits: { maxSteps: 3 },
  });

describe('defineAgent', () => {
  test('needs only an id and a model, and fills in the rest', () => {
    const agent = defineAgent({ id: 'echo', model: 'offline:echo' });
    expect(agent).toEqual({
      id: 'echo',
      model: 'offline:echo',
      sampling: {},
      tools: {},
      handoffs: [],
      limits: { maxSteps: 16 },
    });
  });

  test('keeps what is given, zero included', () => {
    const agent = full();
    expect(agent.sampling).toEqual({ temperature: 0, maxTokens: 800, stop: ['END'] });
    expect(agent.limits).toEqual({ maxSteps: 3 });
    expect(Object.keys(agent.tools)).toEqual(['weather', 'add']);
  });

  test('freezes the agent and what is in it', () => {
    const agent = full();
    for (const part of [
      agent,
      agent.sampling,
      agent.sampling.stop,
      agent.tools,
      agent.tools['add'],
      agent.handoffs,
      agent.limits,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('marks its result, and nothing else passes for it', () => {
    expect(isAgent(full())).toBe(true);
    expect([{ ...full() }, undefined, null, 'agent', {}].map(isAgent)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test('names every bad field in one error, misspelt ones too', () => {
    const bad = {
      id: 'bad',
      model: 'echo',
      temperatur: 1,
      sampling: { temperature: 3 },
      tools: { clock: { description: '', parameters: z.object({ at: z.date() }), execute: 1 } },
    };
    // because the point is what the types would not let through
    const act = () => defineAgent(bad as unknown as { id: string; model: string });
    expect(act).toThrow(/^Invalid agent "bad": /);
    for (const field of [
      'model:',
      'sampling.temperature:',
      'tools.clock.description:',
      'tools.clock.parameters:',
      'tools.clock.execute:',
      'temperatur',
    ]) {
      expect(act).toThrow(field);
    }
  });

  test('refuses parameters that are not an object, since a model can only fill one', () => {
    const tools = { t: { description: 'd', parameters: z.string(), execute: () => 1 } };
    expect(() => defineAgent({ id: 'a', model: 'offline:echo', tools })).toThrow(
      'tools.t.parameters: expected z.object({...})',
    );
  });

  test.each([
    [{ maxTokens: 4000 }, 'context.strategy'],
    [{ strategy: 'forget', maxTokens: 4000 }, 'context.strategy'],
    [{ strategy: 'refuse' }, 'context.maxTokens'],
    [{ strategy: 'sliding-window', maxTokens: 4000, keepLast: 2 }, 'keepLast'],
    [{ strategy: 'summarise', maxTokens: 100 }, 'context.maxTokens'],
    [{ strategy: 'summarise', maxTokens: 4000, summaryModel: 'mini' }, 'context.summaryModel'],
  ])('names what is wrong with the context %j', (context, field) => {
    // because the point is what the types would not let through
    const bad = { id: 'a', model: 'offline:echo', context } as unknown as { id: string; model: string };
    expect(() => defineAgent(bad)).toThrow(field);
  });

  test('fills in how many messages a summary leaves as they are', () => {
    const context = { strategy: 'summarise', maxTokens: 4000 } as const;
    expect(defineAgent({ id: 'a', model: 'offline:echo', context }).context).toEqual({
      ...context,
      keepLast: 8,
    });
  });
});
