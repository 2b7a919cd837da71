import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { type StartedRole, startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

let api: StartedRole;
let worker: StartedRole;
beforeAll(async () => {
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  [api, worker] = await Promise.all([startApi(environment), startWorker(environment)]);
});
afterAll(async () => {
  await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()]);
});

const calute = (model: string) =>
  createOpenAICompatible({ name: 'calute', baseURL: `${api.url}/v1`, includeUsage: true }).chatModel(model);

it('streams text and usage to streamText', async () => {
  const result = streamText({ model: calute('echo'), prompt: 'one two three' });
  const parts = await Array.fromAsync(result.textStream);
  expect(parts.join('')).toBe('one two three');
  expect(parts.length).toBeGreaterThan(1);
  expect(await result.finishReason).toBe('stop');
  expect(await result.usage).toMatchObject({ inputTokens: 3, outputTokens: 3, totalTokens: 6 });
});

it('answers generateText with the same as it streams', async () => {
  const { text, usage } = await generateText({ model: calute('echo'), prompt: 'one two three' });
  expect(text).toBe('one two three');
  expect(usage.totalTokens).toBe(6);
});

it('lets the client run its tools and goes on with their results', async () => {
  const seen: unknown[] = [];
  const weather = tool({
    description: 'Weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async (input) => {
      seen.push(input);
      return 'sunny';
    },
  });
  const { text, steps } = await generateText({
    model: calute('echo'),
    prompt: 'call weather {"city":"Oslo"}',
    tools: { weather },
    stopWhen: stepCountIs(3),
  });
  expect(seen).toEqual([{ city: 'Oslo' }]);
  expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
  expect(text).toContain('sunny');
});

it('tells an unknown model by the error of the API', async () => {
  const failed = generateText({ model: calute('nobody'), prompt: 'hi', maxRetries: 0 });
  await expect(failed).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('nobody') });
});
