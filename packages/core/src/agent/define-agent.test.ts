import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from './define-agent.ts';
import { isAgent } from './read-definition.ts';

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
  test('does not let models serve what their provider is not asked for', () => {
    const define = (model: string) => () => defineAgent({ id: 'a', model, serves: ['chat', 'embeddings'] });
    expect(define('openai:x')().serves).toEqual(['chat', 'embeddings']);
    expect(define('anthropic:x')).toThrow('serves.1: models of "anthropic" are asked for chats alone');
  });

  test('needs only an id and a model, and fills in the rest', () => {
    const agent = defineAgent({ id: 'echo', model: 'offline:echo' });
    expect(agent).toEqual({
      id: 'echo',
      model: 'offline:echo',
      sampling: {},
      tools: {},
      handoffs: [],
      fallback: [],
      limits: { maxSteps: 16, maxHandoffs: 8 },
    });
  });

  test('keeps what is given, zero included', () => {
    const agent = full();
    expect(agent.sampling).toEqual({ temperature: 0, maxTokens: 800, stop: ['END'] });
    expect(agent.limits).toEqual({ maxSteps: 3, maxHandoffs: 8 });
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

  test('keeps limits, prices, tool policy, rules and examples', () => {
    const given = {
      rules: ['Be brief.'],
      examples: [{ user: 'one', assistant: 'eins' }],
      toolDefaults: { timeoutMs: 1000, retries: 2 },
      parallelTools: false,
      limits: { maxOutputTokens: 100, maxDurationMs: 60_000, maxCostUsd: 0.5 },
      prices: { inputPerMillion: 1, outputPerMillion: 0, cachedInputPerMillion: 0.1 },
    };
    const agent = defineAgent({ id: 'a', model: 'offline:echo', ...given });
    expect(agent).toMatchObject({ ...given, limits: { maxSteps: 16, ...given.limits } });
    expect(Object.isFrozen(agent.examples?.[0])).toBe(true);
  });

  test.each([
    ['limits.maxCostUsd: needs prices', { limits: { maxCostUsd: 1 } }],
    ['limits.maxCostUsd', { limits: { maxCostUsd: 0 }, prices: { inputPerMillion: 1, outputPerMillion: 1 } }],
    ['limits.maxOutputTokens', { limits: { maxOutputTokens: 0 } }],
    ['limits.maxDurationMs', { limits: { maxDurationMs: 86_400_001 } }],
    ['maxTokens', { limits: { maxTokens: 1 } }],
    ['prices.outputPerMillion', { prices: { inputPerMillion: 1 } }],
    ['prices.inputPerMillion', { prices: { inputPerMillion: -1, outputPerMillion: 1 } }],
    ['toolDefaults.retries', { toolDefaults: { retries: 11 } }],
    ['toolDefaults.timeoutMs', { toolDefaults: { timeoutMs: 0 } }],
    ['rules: expected an array of texts', { rules: 'Be brief.' }],
    ['rules', { rules: [''] }],
    ['examples.0.assistant', { examples: [{ user: 'one' }] }],
    ['parallelTools', { parallelTools: 'no' }],
  ])('names a bad field: %s', (fault, fields) => {
    // because the point is what the types would not let through
    const bad = { id: 'a', model: 'offline:echo', ...fields } as { id: string; model: string };
    expect(() => defineAgent(bad)).toThrow(fault);
  });

  test('refuses retries of a tool that is not idempotent, a result cap that the log cannot take, and a timer’s overflow', () => {
    const tool = { description: 'd', parameters: z.object({}), execute: () => 1 };
    const define = (more: object) =>
      defineAgent({ id: 'a', model: 'offline:echo', tools: { t: { ...tool, ...more } } });
    expect(() => define({ retries: 1 })).toThrow('tools.t.retries: only a tool that is idempotent');
    expect(() => define({ retries: 1, idempotent: true })).not.toThrow();
    expect(() => define({ retries: 0 })).not.toThrow();
    expect(() => define({ maxResultBytes: 2_000_000 })).toThrow('tools.t.maxResultBytes');
    expect(() => define({ timeoutMs: 2 ** 31 })).toThrow('tools.t.timeoutMs');
  });

  test('refuses parameters that are not an object, since a model can only fill one', () => {
    const tools = { t: { description: 'd', parameters: z.string(), execute: () => 1 } };
    expect(() => defineAgent({ id: 'a', model: 'offline:echo', tools })).toThrow(
      'tools.t.parameters: expected z.object({...})',
    );
  });

  test('takes MCP servers by URL or by command', () => {
    const mcp = {
      web: { url: 'https://tools.example/mcp', headers: { authorization: 'Bearer x' }, tools: ['search'] },
      files: {
        command: 'node',
        args: ['server.js'],
        env: { ROOT: '/data' },
        idempotent: 'annotated' as const,
      },
    };
    expect(defineAgent({ id: 'a', model: 'offline:echo', mcp }).mcp).toEqual(mcp);
    expect(defineAgent({ id: 'a', model: 'offline:echo' })).not.toHaveProperty('mcp');
  });

  test.each([
    [{ s: {} }, 'mcp.s: expected either a url or a command'],
    [{ s: { url: 'http://a/', command: 'b' } }, 'mcp.s: expected either a url or a command'],
    [{ s: { url: 'http://a/', args: [] } }, 'mcp.s: args is for servers with a command'],
    [{ s: { command: 'b', headers: {} } }, 'mcp.s: headers is for servers with a url'],
    [{ s: { url: 'ftp://a/' } }, 'mcp.s.url: expected an http(s) URL'],
    [{ s: { url: 'http://user:pass@a/' } }, 'mcp.s.url: expected no user or password'],
    [
      { s: { url: 'http://a/', headers: { key: undefined } } },
      'mcp.s.headers.key: expected a text; is an env',
    ],
    [{ s: { url: 'http://a/', headers: { key: 'a\nb' } } }, 'mcp.s.headers: expected names and values'],
    [{ s: { url: 'http://a/', toolTimeoutsMs: { slow: 0 } } }, 'mcp.s.toolTimeoutsMs.slow:'],
    [{ s: { url: 'http://a/', idempotent: true } }, 'mcp.s.idempotent: expected tool names, or "annotated"'],
    [{ s: { uri: 'http://a/' } }, 'uri'],
    [{ a__b: { url: 'http://a/' } }, 'mcp.a__b: expected up to 32 letters'],
    [{ own: { url: 'http://a/' } }, 'tools.own__t: a name of this form is for the tools of an MCP server'],
  ])('names the fault of an MCP server: %j', (mcp, fault) => {
    const tools = { own__t: { description: 'd', parameters: z.object({}), execute: () => 1 } };
    // because the point is what the types would not let through
    const bad = { id: 'a', model: 'offline:echo', tools, mcp } as unknown as { id: string; model: string };
    expect(() => defineAgent(bad)).toThrow(fault);
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

  test('takes one fallback or several, models and agents, in their order', () => {
    const fallback = (given: Parameters<typeof defineAgent>[0]['fallback'] & {}) =>
      defineAgent({ id: 'a', model: 'offline:echo', fallback: given }).fallback;
    expect(fallback('openai:x')).toEqual([{ model: 'openai:x' }]);
    expect(fallback({ agent: 'b' })).toEqual([{ agent: 'b' }]);
    expect(fallback([{ agent: 'b' }, 'openai:x'])).toEqual([{ agent: 'b' }, { model: 'openai:x' }]);
    expect(Object.isFrozen(fallback([]))).toBe(true);
    expect(fallback(fallback('openai:x'))).toEqual([{ model: 'openai:x' }]);
  });

  const tool = { description: 'd', parameters: z.object({}), execute: () => 1 };
  const long = 'x'.repeat(60);
  test.each([
    ['itself', { handoffs: ['a'] }, 'handoffs.0: an agent cannot hand over to itself'],
    ['one agent twice', { handoffs: ['b', 'b'] }, 'handoffs.1: "b" is listed twice'],
    ['two whose tools would be one', { handoffs: ['b.c', 'b:c'] }, 'the tool "transfer_to_b_c"'],
    ['two that differ after the 64th letter', { handoffs: [`${long}1`, `${long}2`] }, 'handoffs.1:'],
    ['a tool of its own', { handoffs: ['b'], tools: { transfer_to_b: tool } }, 'handoffs.0: the tool that'],
  ])('refuses handoffs to %s', (_, more, fault) => {
    expect(() => defineAgent({ id: 'a', model: 'offline:echo', ...more })).toThrow(fault);
  });

  test.each([
    ['its own model', 'offline:echo', 'fallback.0: the model "offline:echo" is'],
    ['itself', { agent: 'a' }, 'fallback.0: the agent "a" is'],
    ['one model twice', ['openai:x', 'openai:x'], 'fallback.1: the model "openai:x" is'],
    ['a name without a provider', ['openai:x', 'gpt'], 'fallback.1: expected "provider:model"'],
  ])('refuses a fallback to %s', (_, fallback, fault) => {
    expect(() => defineAgent({ id: 'a', model: 'offline:echo', fallback })).toThrow(fault);
  });
});
