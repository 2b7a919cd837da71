import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { chatChunk, sseEvent, textAnswer } from '../support/scripted-upstream-chunks.ts';
import type { UpstreamStep } from '../support/scripted-upstream-script.ts';
import { prepareCalute, share } from '../support/start-calute.ts';

/** Looks things up with a tool that notes each use; `fields` are further fields of the agent, as source. */
const agentFile = (id: string, fields: string) => `
import { appendFileSync } from 'node:fs';
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
export default defineAgent({
  id: '${id}',
  model: 'openai:${id}',
  tools: {
    look: {
      description: 'Looks something up',
      parameters: z.object({}),
      execute: () => {
        appendFileSync(process.env.EFFECTS, '${id}\\n');
        return 'nothing';
      },
    },
  },
  ${fields}
});
`;

const agents: Readonly<Record<string, string>> = {
  capped: 'limits: { maxOutputTokens: 5 }',
  'two-steps': 'limits: { maxSteps: 2 }',
  priced: 'limits: { maxCostUsd: 0.01 }, prices: { inputPerMillion: 1000, outputPerMillion: 1000 }',
  hasty: 'limits: { maxDurationMs: 3000 }',
  ruled: `instructions: 'You translate.', rules: ['Say nothing else.'], examples: [{ user: 'one', assistant: 'eins' }]`,
};

/** Each answer uses 7 + 3 tokens: 0.01 USD of the priced agent. */
const looking = (text: string): UpstreamStep[] => {
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
  return [
    {
      type: 'chunks',
      chunks: [
        chatChunk({ role: 'assistant', content: text }),
        chatChunk({ tool_calls: [call] }),
        chatChunk({}, 'tool_calls'),
        sseEvent({ id: 'chatcmpl-up', choices: [], usage }),
        'data: [DONE]\n\n',
      ],
    },
  ];
};

const hanging: UpstreamStep[] = [
  { type: 'chunks', chunks: [chatChunk({ role: 'assistant', content: 'Well' })] },
  { type: 'hang' },
];

const calute = share(async () => {
  const installation = await prepareCalute([]);
  const folder = await mkdtemp(join(tmpdir(), 'calute-limits-'));
  const effects = join(folder, 'effects.txt');
  await writeFile(effects, '');
  for (const [id, fields] of Object.entries(agents)) {
    await writeFile(join(folder, `${id}.ts`), agentFile(id, fields));
  }
  const settings = { CALUTE_AGENTS: folder, EFFECTS: effects };
  const [api] = await Promise.all([installation.startApi(), installation.startWorker(settings)]);
  const requests: unknown[] = [];
  const openai = new OpenAI({
    baseURL: `${api.url}/v1`,
    apiKey: 'none',
    fetch: (url, init) => {
      requests.push(url);
      return fetch(url, init);
    },
  });
  return {
    ...installation,
    openai,
    requests,
    countLooks: async (id: string) =>
      (await readFile(effects, 'utf8')).split('\n').filter((line) => line === id).length,
    async [Symbol.asyncDispose]() {
      await installation[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

/** What a client sees of a stream: its text, why it finished if it did, and what it throws. */
async function readStream(model: string) {
  const seen = { text: '', finish: undefined as string | undefined, error: undefined as unknown };
  try {
    const stream = await calute().openai.chat.completions.create({ ...ask(model), stream: true });
    for await (const { choices } of stream) {
      seen.text += choices[0]?.delta.content ?? '';
      seen.finish = choices[0]?.finish_reason ?? seen.finish;
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

describe('maxOutputTokens', () => {
  it('ends a run of several steps with length, and lowers what the model may say', async () => {
    await calute().upstream.script('capped', looking('First. '), looking('Second. '), textAnswer(['Never']));
    const whole = await calute().openai.chat.completions.create(ask('capped'));
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: 'First. Second. ' },
    });
    expect(whole.usage).toMatchObject({ prompt_tokens: 14, completion_tokens: 6 });
    const asked = await calute().upstream.requests('capped');
    expect(asked.map(({ body }) => body['max_tokens'])).toEqual([5, 2]);
    expect(await calute().countLooks('capped')).toBe(1);
  });

  it('ends a stream the same way', async () => {
    await calute().upstream.script('capped', looking('First. '), looking('Second. '), textAnswer(['Never']));
    expect(await readStream('capped')).toEqual({
      text: 'First. Second. ',
      finish: 'length',
      error: undefined,
    });
  });
});

describe('a limit that is an error', () => {
  it.each([
    ['two-steps', 'limits.maxSteps: 2', [looking('First. '), looking('Second. ')], 'First. Second. ', 1],
    ['priced', 'limits.maxCostUsd: 0.01', [looking('First. ')], 'First. ', 0],
    ['hasty', 'limits.maxDurationMs: 3000', [looking('First. '), hanging], 'First. Well', 1],
  ] as const)('is typed, and not retried by the client: %s', async (model, limit, turns, text, looks) => {
    const { upstream, openai, requests, countLooks } = calute();
    const error = { status: 422, code: 'run_limit_exceeded', type: 'invalid_request_error' };
    await upstream.script(model, ...turns);
    const sent = requests.length;
    const failed = await openai.chat.completions.create(ask(model)).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(failed).toMatchObject({ ...error, message: expect.stringContaining(limit) });
    expect(requests.length - sent).toBe(1);
    expect(await countLooks(model)).toBe(looks);

    await upstream.script(model, ...turns);
    const seen = await readStream(model);
    expect(seen.text).toBe(text);
    expect(seen.finish).toBeUndefined();
    expect(seen.error).toMatchObject({ code: error.code, message: expect.stringContaining(limit) });
  });
});

it('rules and examples reach the model around the client’s messages', async () => {
  const { upstream, openai } = calute();
  await upstream.script('ruled', textAnswer(['zwei']));
  await openai.chat.completions.create(ask('ruled', 'two'));
  const [request] = await upstream.requests('ruled');
  expect(request?.body['messages']).toEqual([
    { role: 'system', content: 'You translate.\n\nRules:\n- Say nothing else.' },
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'eins' },
    { role: 'user', content: 'two' },
  ]);
});
