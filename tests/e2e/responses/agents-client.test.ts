import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { textAnswer, toolCallAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute(passOn('tools', 'front', 'back', 'session'));
  const [api] = await Promise.all([installation.startApi(), installation.startWorker()]);
  const client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ openAIClient: client }),
    tracingDisabled: true,
  });
  return { ...installation, runner };
});

it('runs a tool of the client and goes on with its result, streaming', async () => {
  const { runner, upstream } = calute();
  await upstream.script(
    'tools',
    toolCallAnswer([{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }]),
    textAnswer(['Sunny ', 'there']),
  );
  const weather = tool({
    name: 'weather',
    description: 'Weather of a city',
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  });
  const agent = new Agent({ name: 'Guide', instructions: 'Be brief.', model: 'tools', tools: [weather] });
  const result = await runner.run(agent, 'How is Oslo?', { stream: true });
  let text = '';
  for await (const delta of result.toTextStream()) text += delta;
  await result.completed;
  expect(text).toBe('Sunny there');
  expect(result.finalOutput).toBe('Sunny there');
  const [, second] = await upstream.requests('tools');
  expect(second?.body['messages']).toMatchObject([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'How is Oslo?' },
    { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
    { role: 'tool', tool_call_id: 'call_1', content: 'sunny in Oslo' },
  ]);
});

it('hands over to another agent', async () => {
  const { runner, upstream } = calute();
  await upstream.script(
    'front',
    toolCallAnswer([{ id: 'call_h', name: 'transfer_to_back', arguments: '{}' }]),
  );
  await upstream.script('back', textAnswer(['Back speaking']));
  const back = new Agent({ name: 'back', model: 'back', instructions: 'Answer.' });
  const front = Agent.create({ name: 'front', model: 'front', instructions: 'Route.', handoffs: [back] });
  const result = await runner.run(front, 'Help');
  expect(result.lastAgent?.name).toBe('back');
  expect(result.finalOutput).toBe('Back speaking');
});

it('keeps a conversation by the previous response', async () => {
  const { runner, upstream } = calute();
  await upstream.script('session', textAnswer(['Yes']));
  const agent = new Agent({ name: 'A', model: 'session' });
  const first = await runner.run(agent, 'One');
  const previousResponseId = first.lastResponseId;
  expect(previousResponseId).toMatch(/^resp_/);
  await runner.run(agent, 'Two', previousResponseId === undefined ? {} : { previousResponseId });
  const [, second] = await upstream.requests('session');
  expect(second?.body['messages']).toEqual([
    { role: 'user', content: 'One' },
    { role: 'assistant', content: 'Yes' },
    { role: 'user', content: 'Two' },
  ]);
});
