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
});
