import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { defineTeam, type TeamDefinition } from '../agent/define-team.ts';
import {
  ends,
  members,
  runScripted,
  type Script,
  says,
  startScripted,
  storeScripted,
} from './testing/scripted-team-run.ts';

const agents = members('a', 'b', 'c');
const tasks = ['a', 'b', 'c'].map((member) => ({ id: member, description: `Do ${member}`, member }));
const team = (more: Partial<TeamDefinition>) =>
  defineTeam({
    id: 'team',
    model: 'test:lead',
    members: ['a', 'b', 'c'],
    process: 'sequential',
    tasks,
    ...more,
  });
const byName: Script = ({ model }) => says(`<${model}>`);

describe('limits are those of the whole team', () => {
  it('maxSteps counts the model calls of all', async () => {
    expect(
      (await runScripted({ team: team({ limits: { maxSteps: 3 } }), agents, script: byName })).answer,
    ).toBe('<c>');
    const { events, asked } = startScripted({
      team: team({ limits: { maxSteps: 2 } }),
      agents,
      script: byName,
    });
    await expect(Array.fromAsync(events)).rejects.toMatchObject({
      code: 'run_limit_exceeded',
      message: expect.stringMatching(/team "team".* 2 model calls .*limits\.maxSteps: 2/),
    });
    expect(asked).toHaveLength(2);
  });

  it('counts calls that are under way side by side', async () => {
    const { events, asked } = startScripted({
      team: team({ process: 'parallel', limits: { maxSteps: 2 } }),
      agents,
      script: byName,
    });
    await expect(Array.fromAsync(events)).rejects.toMatchObject({ code: 'run_limit_exceeded' });
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('counts a second try for a plan', async () => {
    const script: Script = () => says('no plan');
    const { events, asked } = startScripted({
      team: team({ tasks: 'planned', limits: { maxSteps: 1 } }),
      agents,
      script,
    });
    await expect(Array.fromAsync(events)).rejects.toMatchObject({ code: 'invalid_structured_output' });
    expect(asked).toHaveLength(1);
  });

  it('maxOutputTokens ends the team before the next call, and lowers what each may say', async () => {
    const run = { team: team({ limits: { maxOutputTokens: 5 } }), agents, script: byName };
    const { asked, answer } = await runScripted(run);
    expect(asked.map(({ call }) => call.sampling.maxTokens)).toEqual([5, 3, 1]);
    expect(answer).toBe('<c>');
    const over = runScripted({ ...run, team: team({ limits: { maxOutputTokens: 4 } }) });
    await expect(over).rejects.toMatchObject({
      message: expect.stringContaining('limits.maxOutputTokens: 4'),
    });
  });

  it('maxCostUsd counts by the prices of each', async () => {
    const prices = { inputPerMillion: 0, outputPerMillion: 500_000 };
    const priced = ['a', 'b', 'c'].map((id) => defineAgent({ id, model: `test:${id}`, prices }));
    const run = (maxCostUsd: number) =>
      runScripted({ team: team({ prices, limits: { maxCostUsd } }), agents: priced, script: byName });
    const { events } = await run(2.5);
    expect(events.at(-1)).toMatchObject({ end: { usage: { costUsd: 3 } } });
    await expect(run(2)).rejects.toMatchObject({ message: expect.stringContaining('had cost 2 USD') });
  });

  it('counts what earlier attempts have used', async () => {
    const run = { team: team({ limits: { maxSteps: 3, maxOutputTokens: 5 } }), agents, script: byName };
    const { stored } = await storeScripted(run, 3);
    const { events, asked } = await runScripted({ ...run, stored });
    expect(asked.map(({ call }) => call.sampling.maxTokens)).toEqual([3, 1]);
    expect(events.at(-1)).toMatchObject({ end: { usage: { promptTokens: 30, completionTokens: 6 } } });
    const over = runScripted({ ...run, team: team({ limits: { maxSteps: 2 } }), stored });
    await expect(over).rejects.toMatchObject({ code: 'run_limit_exceeded' });
  });

  it('a member keeps its own limits', async () => {
    const loop = { description: 'Again', parameters: z.object({}), execute: () => 'again', idempotent: true };
    const eager = defineAgent({ id: 'a', model: 'test:a', tools: { loop }, limits: { maxSteps: 2 } });
    const script: Script = () => [{ type: 'tool-call', index: 0, id: 'x', name: 'loop' }, ends('tool_calls')];
    const run = runScripted({ team: team({}), agents: [eager, ...members('b', 'c')], script });
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining('The agent "a"') });
  });
});

/** Says nothing until it is stopped; tells who was. */
function hanging(stopped: string[]): Script {
  return ({ model }, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped.push(model);
        reject(signal.reason);
      });
    });
}

describe('what ends a team ends all its branches', () => {
  it('a cancel', async () => {
    const stopped: string[] = [];
    const cancel = new AbortController();
    const { events, asked } = startScripted({
      team: team({ process: 'parallel' }),
      agents,
      script: hanging(stopped),
      signal: cancel.signal,
    });
    const run = Array.fromAsync(events);
    await expect.poll(() => asked.length).toBe(3);
    cancel.abort(new Error('cancelled'));
    await expect(run).rejects.toThrow('cancelled');
    expect(stopped.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('its maxDurationMs, which began with the first attempt', async () => {
    const stopped: string[] = [];
    const run = {
      team: team({ process: 'parallel', limits: { maxDurationMs: 60_000 } }),
      agents,
      script: hanging(stopped),
    };
    const { stored } = await storeScripted({ ...run, script: byName }, 3);
    expect(stored).toHaveLength(3);
    const late = runScripted({ ...run, stored, now: new Date(70_000) });
    await expect(late).rejects.toMatchObject({ code: 'run_limit_exceeded' });
  });

  it('the failure of one', async () => {
    const stopped: string[] = [];
    const hang = hanging(stopped);
    const script: Script = async (one, signal) => {
      if (one.model !== 'b') return await hang(one, signal);
      await new Promise(setImmediate);
      throw new Error('b failed');
    };
    const run = runScripted({ team: team({ process: 'parallel' }), agents, script });
    await expect(run).rejects.toThrow('b failed');
    await expect.poll(() => stopped.toSorted()).toEqual(['a', 'c']);
  });
});

it('tells what each has used, the lead as the team itself', async () => {
  const run = { team: team({ process: 'parallel' }), agents, script: byName };
  const { events } = await runScripted(run);
  const end = events.at(-1);
  const one = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
  expect(end).toMatchObject({
    end: { finishReason: 'stop', usage: { promptTokens: 40, completionTokens: 8 } },
  });
  expect(end).toHaveProperty(
    'end.members',
    ['a', 'b', 'c', 'team'].map((agent) => ({ agent, usage: one })),
  );
  expect(end).not.toHaveProperty('end.agent');
  const single = await runScripted({ ...run, team: team({ tasks: 'request' }) });
  expect(single.asked).toHaveLength(1);
  expect(single.events).toHaveLength(2);
  expect(single.events.at(-1)).toMatchObject({ end: { agent: 'a', members: [{ agent: 'a', usage: one }] } });
});
