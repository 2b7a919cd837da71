import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import type { ClientTool } from '../request/client-tool.ts';
import { callOf, modelEnd, runScripted } from './testing/scripted-run.ts';

const ran: unknown[] = [];
const agent = defineAgent({
  id: 'helped',
  model: 'offline:m',
  tools: {
    look: {
      description: 'Looks',
      parameters: z.object({}),
      execute: () => {
        ran.push('look');
        return 'seen';
      },
    },
  },
});
const plain = defineAgent({ id: 'plain', model: 'offline:m' });
const search: ClientTool = { type: 'function', function: { name: 'search' } };

async function run(
  first: readonly ModelEvent[],
  { by = agent, tools }: { by?: typeof agent; tools?: readonly ClientTool[] } = {},
) {
  ran.length = 0;
  const asked: ModelCall[] = [];
  const events = await runScripted({
    agent: by,
    answer: (call, results) => {
      asked.push(call);
      return results === 0
        ? [...first, modelEnd('tool_calls')]
        : [{ type: 'text-delta', text: 'Done.' }, modelEnd('stop')];
    },
    request: tools === undefined ? {} : { tools },
  });
  const results = asked[1]?.messages.flatMap((message) =>
    message.role === 'tool' ? `${message.content}` : [],
  );
  return { events, results };
}

describe('a call of a tool that nobody has declared', () => {
  test('is answered with an error that names those there are, and the run goes on', async () => {
    const { events, results } = await run(callOf('lok'));
    expect(results).toEqual([JSON.stringify({ error: 'Unknown tool "lok"; known: look.' })]);
    expect(events.at(-1)).toMatchObject({ end: { finishReason: 'stop' } });
    expect(events.some(({ type }) => type === 'tool-call')).toBe(false);
  });

  test('does not keep the good ones of its step from running', async () => {
    const { results } = await run([...callOf('lok', 0), ...callOf('look', 1)]);
    expect(results).toEqual([expect.stringContaining('Unknown tool'), 'seen']);
    expect(ran).toEqual(['look']);
  });

  test('is no client’s either where neither agent nor client has tools', async () => {
    const { results } = await run(callOf('constructor'), { by: plain });
    expect(results).toEqual([JSON.stringify({ error: 'Unknown tool "constructor"; there are no tools.' })]);
  });

  test('is not shown beside one of the client’s, which ends the run', async () => {
    const { events } = await run([...callOf('lok', 0), ...callOf('search', 1)], { tools: [search] });
    expect(events.filter(({ type }) => type === 'tool-call')).toMatchObject([{ index: 0, name: 'search' }]);
    expect(events.at(-1)).toMatchObject({ end: { finishReason: 'tool_calls' } });
  });

  test('names the client’s tools too', async () => {
    const { results } = await run(callOf('serch'), { tools: [search] });
    expect(results).toEqual([expect.stringContaining('known: look, search.')]);
  });
});

test('calls that are told of late run in the order in which the model began them', async () => {
  const { results } = await run([...callOf('late', 1), ...callOf('early', 0)]);
  expect(results).toEqual([expect.stringContaining('early'), expect.stringContaining('late')]);
});
