import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chatRequestSchema } from '../../protocol/chat-request.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { Agent } from '../agent.ts';
import { defineAgent } from '../define-agent.ts';
import { runAgent } from '../run-agent.ts';
import { createResolveModel } from './resolve-model.ts';

async function run(agent: Agent, content: string): Promise<RunEvent[]> {
  await using resolveModel = createResolveModel({ openai: {} });
  const request = chatRequestSchema.parse({ model: agent.id, messages: [{ role: 'user', content }] });
  const context = { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) };
  const { signal } = new AbortController();
  return Array.fromAsync(runAgent({ agent, request, resolveModel, context, signal }));
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

  test('finds a provider without its key, so that it can be announced, and fails when it is called', async () => {
    await using resolveModel = createResolveModel({ openai: {} });
    expect(resolveModel('openai:gpt-x').accepts).toContain('seed');
    const called = run(defineAgent({ id: 'gpt', model: 'openai:gpt-x' }), 'hi');
    await expect(called).rejects.toMatchObject({ code: 'provider_not_configured' });
  });

  test('names the providers it knows when asked for another', async () => {
    await using resolveModel = createResolveModel({ openai: {} });
    expect(() => resolveModel('magic:x')).toThrow(
      'Unknown model provider "magic" in "magic:x"; known: offline, openai',
    );
    expect(() => resolveModel('offline')).toThrow('Unknown model provider "offline" in "offline"');
  });
});
