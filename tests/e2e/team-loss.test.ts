import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { expect, inject, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { startScriptedUpstream } from '../support/scripted-upstream.ts';
import { textAnswer, toolCallAnswer } from '../support/scripted-upstream-chunks.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const head = `
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
`;
const desk = `${head}
export default defineAgent({
  id: 'desk', model: 'openai:desk-model', instructions: 'You are the desk.', handoffs: ['poet'],
});
`;
/** Its tool takes its worker with it, unless the environment spares that one. */
const poet = `${head}
export default defineAgent({
  id: 'poet',
  model: 'openai:poet-model',
  instructions: 'You are the poet.',
  tools: {
    rhyme: {
      description: 'Finds a rhyme',
      parameters: z.object({}),
      idempotent: true,
      execute: () => {
        if (process.env.SPARE !== '1') process.kill(process.pid, 'SIGKILL');
        return 'nose';
      },
    },
  },
});
`;

it('a worker that dies after a handoff leaves the conversation with the agent that has it', {
  timeout: 60_000,
}, async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'calute-team-'));
  opened.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'desk.ts'), desk);
  await writeFile(join(folder, 'poet.ts'), poet);
  const upstream = opened.use(await startScriptedUpstream());
  const call = (name: string) => toolCallAnswer([{ id: `call_${name}`, name, arguments: '{}' }]);
  await upstream.script('desk-model', call('transfer_to_poet'));
  await upstream.script('poet-model', call('rhyme'), textAnswer(['A rose on the nose.']));
  const environment = {
    REDIS_URL: inject('redisUrl'),
    CALUTE_PREFIX: randomPrefix(),
    CALUTE_AGENTS: folder,
    OPENAI_BASE_URL: upstream.url,
  };
  const api = opened.use(await startApi(environment));
  const first = opened.use(await startWorker(environment));
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const answer = openai.chat.completions
    .create({ ...ask('desk'), stream: true })
    .then((stream) => Array.fromAsync(stream));
  expect(await first.exited).toBe('SIGKILL');
  opened.use(await startWorker({ ...environment, SPARE: '1' }));
  const chunks = await answer;
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  expect(text).toBe('A rose on the nose.');
  expect(chunks.at(-1)).toMatchObject({ model: 'desk', calute: { agent: 'poet' } });
  expect(await upstream.requests('desk-model')).toHaveLength(1);
  const [, resumed, ...more] = await upstream.requests('poet-model');
  expect(more).toEqual([]);
  expect(resumed?.body['messages']).toMatchObject([
    { role: 'system', content: 'You are the poet.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', tool_calls: [{ function: { name: 'transfer_to_poet' } }] },
    { role: 'tool', content: '{"transferred_to":"poet"}' },
    { role: 'assistant', tool_calls: [{ function: { name: 'rhyme' } }] },
    { role: 'tool', content: 'nose' },
  ]);
});
