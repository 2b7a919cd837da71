import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { textAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute([{ id: 'echo', model: 'offline:echo' }, ...passOn('json')]);
  const [api] = await Promise.all([installation.startApi(), installation.startWorker()]);
  return { ...installation, openai: createOpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none' }) };
});

it('streams text and usage by its default API', async () => {
  const result = streamText({ model: calute().openai('echo'), prompt: 'one two three' });
  expect((await Array.fromAsync(result.textStream)).join('')).toBe('one two three');
  expect(await result.finishReason).toBe('stop');
  expect(await result.usage).toMatchObject({ inputTokens: 3, outputTokens: 3 });
});

it.each([true, false])(
  'lets the client run its tools, referring to what was said: store %s',
  async (store) => {
    const weather = tool({
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `sunny in ${city}`,
    });
    const { text, steps } = await generateText({
      model: calute().openai('echo'),
      prompt: 'call weather {"city":"Oslo"}',
      tools: { weather },
      stopWhen: stepCountIs(3),
      providerOptions: { openai: { store } },
    });
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(text).toContain('sunny in Oslo');
  },
);

it('gives structured output', async () => {
  const { openai, upstream } = calute();
  await upstream.script('json', textAnswer(['{"city":"Oslo"}']));
  const { output } = await generateText({
    model: openai('json'),
    prompt: 'Where?',
    output: Output.object({ schema: z.object({ city: z.string() }) }),
  });
  expect(output).toEqual({ city: 'Oslo' });
});
