import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import { readHistory } from '../runs/run-history.ts';
import { callOf, modelEnd, runScripted, type ScriptedRun, storeScripted } from './testing/scripted-run.ts';

const tool = { description: 'Pings', parameters: z.object({}), execute: () => 'pong', idempotent: true };
const agent = defineAgent({ id: 'a', model: 'offline:echo', tools: { ping: tool } });
const details = [{ type: 'reasoning.text', text: 'I ping.', signature: 'S', index: 0 }];
const signed = (signature: string) => ({ extra_content: { google: { thought_signature: signature } } });

const step: readonly ModelEvent[] = [
  { type: 'reasoning-delta', text: 'I ' },
  { type: 'reasoning-delta', text: 'ping.' },
  { type: 'opaque-delta', fields: { reasoning_details: details } },
  { type: 'tool-call', index: 0, id: 'call_a', name: 'ping', opaque: signed('A') },
  ...callOf('ping', 1),
  { type: 'opaque-delta', fields: signed('B'), index: 1 },
  { ...(modelEnd('tool_calls') as ModelEvent & { type: 'model-end' }), reasoningField: 'reasoning' }, // because modelEnd makes nothing else
];

function script(asked: ModelCall[]): ScriptedRun {
  return {
    agent,
    answer(call, results) {
      asked.push(call);
      if (results === 0) return step;
      return [
        { type: 'opaque-delta', fields: signed('M') },
        { type: 'text-delta', text: 'fine' },
        modelEnd('stop'),
      ];
    },
  };
}

const turn = {
  role: 'assistant',
  content: undefined,
  reasoning: 'I ping.',
  reasoning_details: details,
  tool_calls: [
    { id: 'call_a', ...signed('A') },
    { id: 'call_ping_1', ...signed('B') },
  ],
};

describe('what a provider wants back', () => {
  it('is in the next call of the model, on the turn and on each call', async () => {
    const asked: ModelCall[] = [];
    await runScripted(script(asked));
    expect(asked[1]?.messages[1]).toMatchObject(turn);
  });

  it('is there as well after a crash, wherever it came', async () => {
    const whole: ModelCall[] = [];
    const all = await runScripted(script(whole));
    const from = all.findIndex(({ type }) => type === 'step-calls');
    for (let count = from + 1; count < all.length; count += 1) {
      const history = readHistory(await storeScripted(script([]), count));
      if (history.hasLooseEnd) continue;
      const again: ModelCall[] = [];
      await runScripted({ ...script(again), committed: history.steps });
      expect(again[0]?.messages).toEqual(whole[1]?.messages);
    }
  });

  it('is shown of the last answer alone, whole and once: no client returns the agent’s own steps', async () => {
    const events = await runScripted(script([]));
    expect(events.filter(({ type }) => type === 'opaque-delta')).toEqual([
      { type: 'opaque-delta', fields: signed('M') },
    ]);
  });

  it('is shown with calls of the client’s tools, by the index that the client knows', async () => {
    const events = await runScripted({
      agent: defineAgent({ id: 'a', model: 'offline:echo' }),
      request: { tools: [{ type: 'function', function: { name: 'ping' } }] },
      answer: () => step,
    });
    expect(events.filter((event) => 'opaque' in event || event.type === 'opaque-delta')).toEqual([
      { type: 'tool-call', index: 0, id: 'call_a', name: 'ping', opaque: signed('A') },
      { type: 'opaque-delta', fields: signed('B'), index: 1 },
      { type: 'opaque-delta', fields: { reasoning_details: details } },
    ]);
  });

  it('has a bound', async () => {
    const huge: ModelEvent = { type: 'opaque-delta', fields: { reasoning_details: ['x'.repeat(2 ** 20)] } };
    await expect(runScripted({ agent, answer: () => [huge] })).rejects.toMatchObject({
      code: 'output_too_large',
    });
  });
});
