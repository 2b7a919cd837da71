import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError } from '../errors.ts';
import { runTeam, says, startTeam } from './testing/scripted-team.ts';

const overloaded = () => {
  throw new CaluteError('server_is_overloaded', 'Too much.');
};
const look = { description: 'Looks', parameters: z.object({}), execute: () => 'seen' };
const front = defineAgent({
  id: 'desk',
  model: 'test:first',
  instructions: 'You are the desk.',
  sampling: { temperature: 0 },
  tools: { look },
  fallback: [{ agent: 'stand-in' }, 'test:third'],
});
const standIn = defineAgent({
  id: 'stand-in',
  model: 'test:other',
  instructions: 'You stand in.',
  sampling: { temperature: 1 },
  fallback: [{ agent: 'desk' }, 'test:last'],
});
const agents = [front, standIn] as const;

test('an agent as fallback takes over with instructions, sampling and tools, and the end names it', async () => {
  const { events, asked } = await runTeam({
    agents,
    script: { 'test:first': overloaded, 'test:other': () => says('Hello.') },
  });
  expect(asked[1]?.call).toMatchObject({
    messages: [
      { role: 'system', content: 'You stand in.' },
      { role: 'user', content: 'Go' },
    ],
    sampling: { temperature: 1 },
    tools: [],
  });
  expect(events.at(-1)).toMatchObject({ end: { agent: 'stand-in' } });
});

test('an agent as fallback brings its own fallbacks, each asked once though they point at each other, before those after it', async () => {
  const run = startTeam({
    agents,
    script: {
      'test:first': overloaded,
      'test:other': overloaded,
      'test:last': overloaded,
      'test:third': overloaded,
    },
  });
  await expect(Array.fromAsync(run.events)).rejects.toMatchObject({ code: 'server_is_overloaded' });
  expect(run.fallbacks.map((line) => line.split(' > ')[1])).toEqual([
    'stand-in test:other',
    'stand-in test:last',
    'desk test:third',
  ]);
});

test('an agent as fallback is passed over when an agent that it may hand over to could not honour the request', async () => {
  const handsOver = { ...standIn, handoffs: ['poet'] };
  const poet = defineAgent({ id: 'poet', model: 'test:poet' });
  const { asked } = await runTeam({
    agents: [front, handsOver, poet],
    script: { 'test:first': overloaded, 'test:third': () => says('Hello.') },
    request: { seed: 1 },
    accepts: { 'test:first': ['seed'], 'test:other': ['seed'], 'test:third': ['seed'] },
  });
  expect(asked.map(({ model }) => model)).toEqual(['test:first', 'test:third']);
});

test('an agent as fallback is passed over by a worker that lacks it', async () => {
  const { asked } = await runTeam({
    agents: [front],
    script: { 'test:first': overloaded, 'test:third': () => says('Hello.') },
  });
  expect(asked.map(({ model }) => model)).toEqual(['test:first', 'test:third']);
});

test('an agent as fallback cannot share a tool’s name with the client, told before anything is asked', async () => {
  const clashing = { ...standIn, tools: { search: look } };
  const run = startTeam({
    agents: [front, clashing],
    script: { 'test:first': () => says('Hello.') },
    request: { tools: [{ type: 'function', function: { name: 'search' } }] },
  });
  await expect(Array.fromAsync(run.events)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(run.asked).toEqual([]);
});
