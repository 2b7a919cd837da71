import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { ClientTool } from '../request/client-tool.ts';
import { isCommit } from '../runs/run-event.ts';
import { calls, countResults, runTeam, says, usage } from './testing/scripted-team.ts';

const ran: string[] = [];
beforeEach(() => void ran.splice(0));

const tool = (name: string) => ({
  description: name,
  parameters: z.object({}),
  execute: () => {
    ran.push(name);
    return `${name} done`;
  },
});
const desk = defineAgent({
  id: 'desk',
  model: 'test:desk',
  instructions: 'You are the desk.',
  sampling: { temperature: 0 },
  tools: { look: tool('look') },
  handoffs: ['poet', 'cook.1'],
  limits: { maxHandoffs: 2, maxSteps: 5 },
});
const poet = defineAgent({
  id: 'poet',
  description: 'It writes verses.',
  model: 'test:poet',
  instructions: ({ runId }) => `You are the poet of ${runId}.`,
  sampling: { temperature: 1, maxTokens: 9 },
  tools: { rhyme: tool('rhyme') },
  handoffs: ['desk'],
});
const cook = defineAgent({ id: 'cook.1', model: 'test:cook' });
const agents = [desk, poet, cook] as const;
const clientTool = (name: string): ClientTool => ({ type: 'function', function: { name } });
const user = { role: 'user', content: 'Go' };

describe('handoffs', () => {
  test('are told to the model as one tool for each agent, with what that one is for', async () => {
    const { asked } = await runTeam({ agents, script: { 'test:desk': () => says('No need.') } });
    const parameters = { type: 'object', properties: {} };
    const passes = (id: string) =>
      `Passes the conversation to the agent "${id}", which answers from then on.`;
    expect(asked[0]?.call.tools.slice(1).map((one) => one.function)).toEqual([
      { name: 'transfer_to_poet', description: `${passes('poet')} It writes verses.`, parameters },
      { name: 'transfer_to_cook_1', description: passes('cook.1'), parameters },
    ]);
  });

  test('give the other agent the whole conversation, with its own instructions, sampling, tools and model', async () => {
    const { events, asked } = await runTeam({
      agents,
      script: {
        'test:desk': () => [{ type: 'text-delta', text: 'One moment. ' }, ...calls('transfer_to_poet')],
        'test:poet': () => says('A rose.'),
      },
      request: { tools: [clientTool('search')], seed: 1 },
      accepts: { 'test:poet': ['seed'] },
    });
    expect(asked.map(({ model }) => model)).toEqual(['test:desk', 'test:poet']);
    expect(asked[1]?.call).toEqual({
      messages: [
        { role: 'system', content: 'You are the poet of chatcmpl-1.' },
        user,
        {
          role: 'assistant',
          content: 'One moment. ',
          tool_calls: [
            {
              id: 'transfer_to_poet.0',
              type: 'function',
              function: { name: 'transfer_to_poet', arguments: '{}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'transfer_to_poet.0', content: '{"transferred_to":"poet"}' },
      ],
      sampling: { temperature: 1, maxTokens: 9 },
      tools: [
        expect.objectContaining({ function: expect.objectContaining({ name: 'rhyme' }) }),
        expect.objectContaining({ function: expect.objectContaining({ name: 'transfer_to_desk' }) }),
        clientTool('search'),
      ],
      toolChoice: undefined,
      parameters: { seed: 1 },
    });
    expect(events.filter((event) => !isCommit(event))).toMatchObject([
      { type: 'text-delta', text: 'One moment. ' },
      { type: 'text-delta', text: 'A rose.' },
      {
        type: 'run-end',
        end: { finishReason: 'stop', agent: 'poet', usage: { promptTokens: 20, completionTokens: 4 } },
      },
    ]);
  });

  test('wait for own tools of the same step; only the first counts, and the others are told so', async () => {
    const { events, asked } = await runTeam({
      agents,
      script: {
        'test:desk': () => calls('look', 'transfer_to_cook_1', 'transfer_to_poet'),
        'test:cook': () => says('Soup.'),
      },
    });
    expect(ran).toEqual(['look']);
    expect(asked[1]?.call.messages.slice(2)).toMatchObject([
      { tool_call_id: 'look.0', content: 'look done' },
      { tool_call_id: 'transfer_to_cook_1.1', content: '{"transferred_to":"cook.1"}' },
      { tool_call_id: 'transfer_to_poet.2', content: expect.stringContaining('only the first handoff') },
    ]);
    expect(events.slice(0, 2)).toMatchObject([
      { type: 'step-calls', handoff: { index: 1, agent: 'cook.1' } },
      { type: 'tool-result', index: 0 },
    ]);
    expect(events.at(-1)).toMatchObject({ end: { agent: 'cook.1' } });
  });

  test('may come back: the answer of the agent that was asked for names nobody', async () => {
    const { events, asked } = await runTeam({
      agents,
      script: {
        'test:desk': (call) => (countResults(call) === 0 ? calls('transfer_to_poet') : says('Done.')),
        'test:poet': () => calls('transfer_to_desk'),
      },
    });
    expect(asked[2]?.call.messages[0]).toEqual({ role: 'system', content: 'You are the desk.' });
    expect(events.at(-1)).toEqual({
      type: 'run-end',
      end: {
        reason: 'completed',
        finishReason: 'stop',
        usage: { ...usage, promptTokens: 30, completionTokens: 6 },
        processingMs: expect.any(Number),
      },
    });
  });

  test('are bounded by maxHandoffs of the agent that was asked for, before anything of the step happens', async () => {
    const endless = runTeam({
      agents,
      script: {
        'test:desk': () => calls('look', 'transfer_to_poet'),
        'test:poet': () => calls('transfer_to_desk'),
      },
    });
    await expect(endless).rejects.toMatchObject({
      code: 'run_limit_exceeded',
      message: expect.stringContaining('"desk" was to be passed on once more after 2 handoffs'),
    });
    expect(ran).toEqual(['look']);
  });

  test('do not lift maxSteps of the agent that was asked for', async () => {
    const endless = runTeam({
      agents: [{ ...desk, limits: { maxSteps: 3, maxHandoffs: 2 } }, poet],
      script: { 'test:desk': () => calls('transfer_to_poet'), 'test:poet': () => calls('rhyme') },
    });
    await expect(endless).rejects.toMatchObject({
      code: 'run_limit_exceeded',
      message: expect.stringContaining('after 3 model calls'),
    });
    expect(ran).toEqual(['rhyme']);
  });

  test('to an agent that this worker lacks fail the run in a way that may pass', async () => {
    const alone = runTeam({ agents: [desk], script: { 'test:desk': () => calls('transfer_to_poet') } });
    await expect(alone).rejects.toMatchObject({ code: 'agent_unavailable', retryable: true });
  });

  test('never drop a parameter that the other provider does not honour', async () => {
    const refused = runTeam({
      agents,
      script: { 'test:desk': () => calls('transfer_to_poet'), 'test:poet': () => says('A rose.') },
      request: { seed: 1 },
      accepts: { 'test:desk': ['seed'] },
    });
    await expect(refused).rejects.toMatchObject({ code: 'unsupported_parameter', param: 'seed' });
  });
});

describe('tools after a handoff', () => {
  test('of the client can be called by the other agent, which the end names', async () => {
    const { events } = await runTeam({
      agents,
      script: { 'test:desk': () => calls('transfer_to_poet'), 'test:poet': () => calls('search') },
      request: { tools: [clientTool('search')] },
    });
    expect(events.slice(1)).toMatchObject([
      { type: 'tool-call', index: 0, name: 'search' },
      { type: 'tool-call-delta', index: 0 },
      { type: 'run-end', end: { finishReason: 'tool_calls', agent: 'poet' } },
    ]);
  });

  test.each([
    ['rhyme', 'poet'],
    ['transfer_to_poet', 'desk'],
    ['transfer_to_desk', 'poet'],
  ])('of the client cannot be named %s, as one of an agent that may come to answer', async (name, owner) => {
    const asked: unknown[] = [];
    const refused = runTeam({
      agents,
      script: {
        'test:desk': (call) => {
          asked.push(call);
          return says('No need.');
        },
      },
      request: { tools: [clientTool('search'), clientTool(name)] },
    });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'tools.1.function.name',
      message: expect.stringContaining(`"${owner}"`),
    });
    expect(asked).toEqual([]);
  });

  test.each(['look', 'transfer_to_poet', 'constructor'])(
    'that only another agent has, as %s, are not passed to the client when a model calls them',
    async (name) => {
      const { events, asked } = await runTeam({
        agents,
        script: {
          'test:desk': () => calls('transfer_to_cook_1'),
          'test:cook': (call) => (countResults(call) === 1 ? calls(name) : says('Soup.')),
        },
      });
      expect(ran).toEqual([]);
      expect(asked[2]?.call.messages.at(-1)).toMatchObject({
        content: JSON.stringify({ error: `Unknown tool "${name}"; there are no tools.` }),
      });
      expect(events.at(-1)).toMatchObject({ end: { finishReason: 'stop', agent: 'cook.1' } });
    },
  );
});
