import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import { defineAgent } from '../agent/define-agent.ts';
import { runAgent } from '../loop/run-agent.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { ResolveModel } from './model-provider.ts';
import { createResolveModel } from './resolve-model.ts';

async function run(agent: Agent, content: string, given?: ResolveModel): Promise<RunEvent[]> {
  await using unconfigured = createResolveModel({ openai: {} });
  const resolveModel = given ?? unconfigured;
  const request: AgentRequest = { model: agent.id, messages: [{ role: 'user', content }] };
  const context = { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) };
  const { signal } = new AbortController();
  return (await Array.fromAsync(runAgent({ agent, request, resolveModel, context, signal }))).flat();
}

describe('createResolveModel', () => {
  test('lets an agent without a network call its own tool and answer with the result', async () => {
    const weather = {
      description: 'Weather',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }: { city: string }) => ({ city, sky: 'clear' }),
    };
    const agent = defineAgent({ id: 'helped', model: 'offline:echo', tools: { weather } });
    const events = await run(agent, 'call weather {"city":"Bern"}');
    const said = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(said).toBe('{"city":"Bern","sky":"clear"}');
  });

  test.each([
    ['openai:gpt-x', 'seed', 'OPENAI_API_KEY'],
    ['anthropic:claude-x', 'user', 'ANTHROPIC_API_KEY'],
    ['google:gemini-x', 'seed', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  ])(
    'finds %s without its key, so that it can be announced, and fails when it is called',
    async (model, parameter, key) => {
      await using resolveModel = createResolveModel({ openai: {} });
      expect(resolveModel(model).accepts).toContain(parameter);
      const called = run(defineAgent({ id: 'keyless', model }), 'hi');
      const message = expect.stringContaining(key);
      await expect(called).rejects.toMatchObject({ code: 'provider_not_configured', message });
    },
  );

  test.each(['anthropic', 'google'] as const)('asks %s at its base URL', async (provider) => {
    const server = createServer((_, response) => response.writeHead(400).end()).listen(0, '127.0.0.1');
    const requests: string[] = [];
    server.on('request', ({ url = '' }) => requests.push(url));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // because it listens on TCP
    const config = { baseUrl: `http://127.0.0.1:${port}/proxy/v1`, apiKey: 'sk-secret' };
    await using resolveModel = createResolveModel({ openai: {}, [provider]: config });
    const agent = defineAgent({ id: 'proxied', model: `${provider}:m` });
    await expect(run(agent, 'hi', resolveModel)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(requests).toEqual([expect.stringMatching(/^\/proxy\/v1\/(messages$|models\/m:stream)/)]);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  test('names the providers it knows when asked for another', async () => {
    await using resolveModel = createResolveModel({ openai: {} });
    expect(() => resolveModel('magic:x')).toThrow(
      'Unknown model provider "magic" in "magic:x"; known: offline, openai, anthropic, google',
    );
    expect(() => resolveModel('offline')).toThrow('Unknown model provider "offline" in "offline"');
  });
});

describe('whether a provider enforces a format', () => {
  const schema = (strict: boolean) => {
    return {
      type: 'json_schema' as const,
      json_schema: { name: 'a', description: undefined, schema: {}, strict },
    };
  };
  const object = { type: 'json_object' as const };
  const apiKey = 'sk-secret';
  const elsewhere = 'http://127.0.0.1:1/v1';

  test.each([
    ['OpenAI itself, a strict schema', 'openai:m', { apiKey }, schema(true), true],
    ['OpenAI itself, a schema that is a hint', 'openai:m', { apiKey }, schema(false), false],
    ['OpenAI itself, an object', 'openai:m', { apiKey }, object, true],
    ['OpenAI itself, if the operator says so', 'openai:m', { apiKey, enforcesFormat: false }, object, false],
    ['another server', 'openai:m', { baseUrl: elsewhere }, schema(true), false],
    [
      'another server, if the operator says so',
      'openai:m',
      { baseUrl: elsewhere, enforcesFormat: true },
      schema(false),
      true,
    ],
    ['Anthropic, a schema', 'anthropic:m', {}, schema(true), false],
    ['Google, a schema', 'google:m', {}, schema(true), false],
    ['Google, an object', 'google:m', {}, object, true],
    ['an offline model', 'offline:echo', {}, schema(true), true],
  ])('is known, retries and circuit or not: %s', async (_, model, openai, format, enforces) => {
    await using resolveModel = createResolveModel({ openai, anthropic: { apiKey }, google: { apiKey } });
    expect(resolveModel(model).enforcesFormat?.(format)).toBe(enforces);
  });
});

test('a provider of the operator’s naming is asked at its own address, with its key and headers', async () => {
  const asked: { url: string | undefined; key: string | undefined; team: unknown; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { authorization: key, 'x-team': team } = request.headers;
    asked.push({ url: request.url, key, team, body: (await Array.fromAsync(request)).join('') });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // because it listens on a port
  const groq = {
    baseUrl: `http://127.0.0.1:${port}/openai/v1`,
    apiKey: 'k',
    headers: { 'X-Team': 'a' },
    dialect: { streamOptions: false },
  };
  try {
    const named = { groq, later: { ...groq, lacks: 'LATER_KEY' } };
    await using resolveModel = createResolveModel({ openai: {}, named });
    await run(defineAgent({ id: 'a', model: 'groq:llama' }), 'hi', resolveModel);
    expect(asked).toMatchObject([{ url: '/openai/v1/chat/completions', key: 'Bearer k', team: 'a' }]);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ model: 'llama', stream: true });
    expect(asked[0]?.body).not.toContain('stream_options');
    const lacking = run(defineAgent({ id: 'a', model: 'later:m' }), 'hi', resolveModel);
    await expect(lacking).rejects.toThrow('The model "later:m" needs LATER_KEY.');
    expect(() => resolveModel('grok:m')).toThrow(/known: .*google, groq, later/);
  } finally {
    server.close();
  }
});
