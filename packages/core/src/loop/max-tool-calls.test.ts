import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall } from '../models/model-provider.ts';
import { readHistory } from '../runs/run-history.ts';
import { callOf, modelEnd, runScripted, storeScripted } from './testing/scripted-run.ts';

it('answers calls beyond max_tool_calls without running them, also in a later attempt', async () => {
  const ran: string[] = [];
  const tool = (name: string) => ({
    description: name,
    parameters: z.object({}),
    idempotent: true,
    execute: () => {
      ran.push(name);
      return name;
    },
  });
  const agent = defineAgent({
    id: 'helped',
    model: 'offline:m',
    tools: { one: tool('one'), two: tool('two'), three: tool('three') },
  });
  const told: ModelCall['messages'][] = [];
  const run = {
    agent,
    request: { max_tool_calls: 2 },
    answer: (call: ModelCall, results: number) => {
      told.push(call.messages);
      if (results === 0) return [...callOf('one'), modelEnd('tool_calls')];
      if (results === 1) return [...callOf('two', 0), ...callOf('three', 1), modelEnd('tool_calls')];
      return [{ type: 'text-delta' as const, text: 'Done' }, modelEnd('stop')];
    },
  };
  const events = await runScripted(run);
  expect(ran).toEqual(['one', 'two']);
  const refused = { role: 'tool', content: expect.stringContaining('max_tool_calls') };
  expect(told.at(-1)?.at(-1)).toMatchObject(refused);
  expect(events.at(-1)).toMatchObject({ type: 'run-end', end: { finishReason: 'stop' } });

  ran.length = 0;
  const { steps } = readHistory(await storeScripted(run, 3));
  ran.length = 0;
  await runScripted({ ...run, committed: steps });
  expect(ran).toEqual(['two']);
  expect(told.at(-1)?.at(-1)).toMatchObject(refused);
});
