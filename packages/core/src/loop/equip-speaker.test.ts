import { describe, expect, test } from 'vitest';
import type { Agent, ServerTool } from '../agent/agent.ts';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError } from '../errors.ts';
import { createOfflineProvider } from '../models/offline.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { CommittedStep } from '../runs/run-history.ts';
import type { AgentRun } from './agent-run.ts';
import { runAgent } from './run-agent.ts';

const agent = defineAgent({
  id: 'a',
  model: 'offline:echo',
  mcp: { s: { url: 'http://127.0.0.1/', idempotent: ['look'] } },
});
const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
const away = new CaluteError('tool_server_unavailable', 'away');
const never = new AbortController().signal;

/** An earlier attempt's step with one call, and its result if it came to one. */
const step = (name: string, result?: string): CommittedStep => ({
  text: '',
  calls: [{ id: 'call_1', name, arguments: '{}' }],
  usage,
  results: [result],
});

describe('an agent with MCP servers', () => {
  test('is run with their tools, which the model is told of by their own schema', async () => {
    const { events, calls } = run({ equip: async (given) => withTool(given, 's__look') });
    expect(await events()).toMatchObject([
      { type: 'step-calls', calls: [{ name: 's__look', arguments: '{"at":"it"}' }] },
      { type: 'tool-result', content: 'looked' },
      { type: 'text-delta' },
      { type: 'run-end' },
    ]);
    expect(calls).toEqual(['{"at":"it"}']);
  });

  test('fails as its servers do', async () => {
    await expect(run({ equip: () => Promise.reject(away) }).events()).rejects.toBe(away);
  });

  test.each([
    ['a call in doubt is reported as such', step('s__pay'), 'tool_outcome_unknown'],
    ['an idempotent one may be tried again', step('s__look'), 'tool_server_unavailable'],
    ['a call with its result is in no doubt', step('s__pay', 'paid'), 'tool_server_unavailable'],
  ])('whose servers are away when it is taken over: %s', async (_, committed, code) => {
    const { events } = run({ equip: () => Promise.reject(away), committed: [committed] });
    await expect(events()).rejects.toMatchObject({ code });
  });

  test('runs an idempotent call in doubt again, and no other', async () => {
    const equip = async (given: Agent) => withTool(withTool(given, 's__look', true), 's__pay');
    expect(await run({ equip, committed: [step('s__look')] }).events()).toMatchObject([
      { type: 'tool-result', content: 'looked' },
      ...[{ type: 'text-delta' }, { type: 'run-end' }],
    ]);
    const paying = run({ equip, committed: [step('s__pay')] });
    await expect(paying.events()).rejects.toMatchObject({ code: 'tool_outcome_unknown' });
    expect(paying.calls).toEqual([]);
  });
});

const calls: string[] = [];

function withTool(given: Agent, name: string, idempotent = false): Agent {
  const tool: ServerTool = {
    description: 'd',
    inputSchema: { type: 'object' },
    idempotent,
    timeoutMs: 1000,
    async execute(args) {
      calls.push(JSON.stringify(args));
      return 'looked';
    },
  };
  return { ...given, tools: { ...given.tools, [name]: tool } };
}

function run(more: Partial<AgentRun>) {
  calls.length = 0;
  const request: AgentRequest = {
    model: 'a',
    messages: [{ role: 'user', content: 'call s__look {"at":"it"}' }],
  };
  const events = async () => {
    const started = runAgent({
      agent,
      request,
      resolveModel: () => createOfflineProvider('echo'),
      context: { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: undefined, now: new Date(0) },
      signal: never,
      ...more,
    });
    return (await Array.fromAsync(started)).flat();
  };
  return { events, calls };
}
