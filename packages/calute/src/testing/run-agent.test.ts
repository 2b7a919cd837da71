import { defineAgent, defineTeam } from 'calute';
import { callTool, runAgent } from 'calute/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const weather = defineAgent({
  id: 'weather',
  model: 'openai:gpt-5-mini',
  instructions: ({ now }) => `It is ${now.toISOString()}.`,
  tools: {
    look: {
      description: 'Looks out of the window',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => ({ city, sky: 'clear' }),
    },
  },
  handoffs: ['poet'],
  limits: { maxSteps: 3 },
});
const poet = defineAgent({ id: 'poet', model: 'offline:lorem', instructions: 'You write verse.' });

test('an agent runs its tools against a scripted model and shows its steps', async () => {
  const run = await runAgent(weather, {
    messages: 'How is it in Oslo?',
    model: [callTool('look', { city: 'Oslo' }), { reasoning: 'clear means nice', text: 'Nice.' }],
    now: new Date(0),
  });
  expect(run.answer).toBe('Nice.');
  expect(run.finishReason).toBe('stop');
  expect(run.usage.promptTokens).toBe(20);
  expect(run.asked[0]?.messages[0]).toEqual({ role: 'system', content: 'It is 1970-01-01T00:00:00.000Z.' });
  expect(run.asked[1]?.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: '{"city":"Oslo","sky":"clear"}',
  });
  expect(`${run}`).toBe(
    [
      '1. weather',
      '   calls look {"city":"Oslo"}',
      '   → {"city":"Oslo","sky":"clear"}',
      '2. weather',
      '   thinks clear means nice',
      '   says Nice.',
    ].join('\n'),
  );
});

test('the script may be a function of what the model is asked', async () => {
  const run = await runAgent(weather, {
    messages: [{ role: 'user', content: 'Oslo' }],
    model: ({ messages, tools }, { index }) =>
      index === 0 ? callTool('look', { city: messages.at(-1)?.content ?? '' }) : `${tools.length} tools`,
  });
  expect(run.steps[0]?.calls).toEqual([
    { name: 'look', arguments: '{"city":"Oslo"}', result: '{"city":"Oslo","sky":"clear"}' },
  ]);
  expect(run.answer).toBe('2 tools');
});

test('a handoff passes the conversation to another agent of the team', async () => {
  const run = await runAgent(weather, {
    messages: 'In verse, please',
    model: [callTool('transfer_to_poet'), 'The sky, so blue.'],
    team: [poet],
  });
  expect(run.steps.map(({ agent, handoff }) => ({ agent, handoff }))).toEqual([
    { agent: 'weather', handoff: 'poet' },
    { agent: 'poet', handoff: undefined },
  ]);
  expect(`${run}`).toContain('   hands over to poet\n2. poet\n   says The sky, so blue.');
});

test('a team runs with its members, whose parts of the work are steps as well', async () => {
  const duo = defineTeam({
    id: 'duo',
    model: 'test:lead',
    members: ['weather', 'poet'],
    process: 'parallel',
    tasks: [
      { id: 'facts', description: 'Look.', member: 'weather' },
      { id: 'verse', description: 'Write.', member: 'poet', dependsOn: ['facts'] },
    ],
  });
  const run = await runAgent(duo, {
    messages: 'Oslo, in verse',
    model: ({ messages }, { model }) => {
      if (model === poet.model) return 'The sky, so blue.';
      return messages.at(-1)?.role === 'tool' ? 'Clear.' : callTool('look', { city: 'Oslo' });
    },
    team: [weather, poet],
  });
  expect(run.answer).toBe('The sky, so blue.');
  expect(`${run}`).toBe(
    [
      '1. weather (task:facts)',
      '   calls look {"city":"Oslo"}',
      '   → {"city":"Oslo","sky":"clear"}',
      '2. weather (task:facts)',
      '   says Clear.',
      '3. poet',
      '   says The sky, so blue.',
    ].join('\n'),
  );
});

test('arguments that do not fit the schema are told to the model', async () => {
  const run = await runAgent(weather, {
    messages: 'Go',
    model: [callTool('look', '{"town":1}'), 'Sorry.'],
  });
  expect(run.steps[0]?.calls[0]?.result).toContain('"error"');
});

test('a call of a client tool is a step that ends the run', async () => {
  const tools = [{ type: 'function', function: { name: 'pay', parameters: { type: 'object' } } }];
  const run = await runAgent(weather, { messages: 'Go', model: [callTool('pay')], request: { tools } });
  expect(run.finishReason).toBe('tool_calls');
  expect(run.steps).toEqual([
    { agent: 'weather', reasoning: '', text: '', calls: [{ name: 'pay', arguments: '{}' }] },
  ]);
});

test('what ends a run is thrown with its code', async () => {
  const look = callTool('look', { city: 'Oslo' });
  await expect(runAgent(weather, { messages: 'Go', model: [look, look, look, look] })).rejects.toMatchObject({
    code: 'run_limit_exceeded',
  });
});

test('a script that is too short says what the model was asked', async () => {
  await expect(
    runAgent(weather, { messages: 'Go', model: [callTool('look', { city: 'Oslo' })] }),
  ).rejects.toThrow('The model is asked for turn 2 and its script has 1; the last message is {"role":"tool"');
});

test('an offline model needs no script, any other model does', async () => {
  const echo = defineAgent({ id: 'echo', model: 'offline:echo' });
  expect((await runAgent(echo, { messages: 'Hello' })).answer).toBe('Hello');
  await expect(runAgent(weather, { messages: 'Hello' })).rejects.toThrow(
    'The model "openai:gpt-5-mini" would be asked for real',
  );
});
