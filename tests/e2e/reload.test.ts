import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { expect, inject, it, onTestFinished } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

/** Says `word`, or what its tool says once the file GO is there. */
const agentFile = (id: string, word: string, head = '') => `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
${head}
export default defineAgent({
  id: '${id}',
  model: 'offline:echo',
  tools: {
    say: {
      description: 'Says a word',
      parameters: z.object({ wait: z.boolean().default(false) }),
      async execute({ wait }) {
        if (wait) writeFileSync(process.env.GO + '.awaited', '');
        while (wait && !existsSync(process.env.GO)) await setTimeout(10);
        return ${word};
      },
    },
  },
});
`;

it('a worker that reloads serves an edited, a new and a deleted agent file at once', {
  timeout: 40_000,
}, async () => {
  const { write, remove, say, models } = await open({ 'a.ts': agentFile('a', `'one'`) });
  expect(await say('a')).toBe('one');
  await write('a.ts', agentFile('a', `'two'`));
  await expect.poll(() => say('a'), { timeout: 10_000 }).toBe('two');
  await write('b.ts', agentFile('b', `'new'`));
  await expect.poll(models, { timeout: 10_000 }).toEqual(['a', 'b']);
  expect(await say('b')).toBe('new');
  await remove('a.ts');
  await expect.poll(models, { timeout: 10_000 }).toEqual(['b']);
  await expect(say('a')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

it('a file that an agent imports counts as the agent itself', { timeout: 40_000 }, async () => {
  const head = `import { word } from './lib/word.ts';`;
  const { write, say } = await open({
    'a.ts': agentFile('a', 'word', head),
    'lib/word.ts': `export const word = 'one';`,
  });
  expect(await say('a')).toBe('one');
  await write('lib/word.ts', `export const word = 'two';`);
  await expect.poll(() => say('a'), { timeout: 10_000 }).toBe('two');
});

it('a broken edit changes nothing but the log, which names file and line', { timeout: 40_000 }, async () => {
  const { write, say, models, failures } = await open({
    'a.ts': agentFile('a', `'one'`),
    'b.ts': agentFile('b', `'one'`),
  });
  await write('b.ts', agentFile('b', `'two'`));
  await expect.poll(() => say('b'), { timeout: 10_000 }).toBe('two');
  await write('a.ts', agentFile('a', `'two'`, 'const broken = ;'));
  await expect.poll(failures, { timeout: 10_000 }).toHaveLength(1);
  expect(failures()[0]).toMatch(/\n {2}a\.ts: line 6: /);
  expect(await say('a')).toBe('one');
  expect(await say('b')).toBe('two');
  expect(await models()).toEqual(['a', 'b']);
  await write('a.ts', agentFile('a', `'mended'`));
  await expect.poll(() => say('a'), { timeout: 10_000 }).toBe('mended');
});

it('a run in progress goes on with its agent of before', { timeout: 40_000 }, async () => {
  const { write, say, folder } = await open({ 'a.ts': agentFile('a', `'one'`) });
  const waiting = say('a', { wait: true });
  await expect.poll(() => readdir(folder), { timeout: 10_000 }).toContain('go.awaited');
  await write('a.ts', agentFile('a', `'two'`));
  await expect.poll(() => say('a'), { timeout: 10_000 }).toBe('two');
  await writeFile(join(folder, 'go'), '');
  expect(await waiting).toBe('one');
});

it('a worker that does not reload keeps what it has', { timeout: 40_000 }, async () => {
  const { write, say } = await open({ 'a.ts': agentFile('a', `'one'`) }, 'false');
  const reloading = await open({ 'a.ts': agentFile('a', `'one'`) });
  for (const each of [{ write }, reloading]) await each.write('a.ts', agentFile('a', `'two'`));
  await expect.poll(() => reloading.say('a'), { timeout: 10_000 }).toBe('two');
  expect(await say('a')).toBe('one');
});

/** An API and a worker on a folder with these files. */
async function open(files: Readonly<Record<string, string>>, reload = 'true') {
  const folder = await mkdtemp(join(tmpdir(), 'calute-reload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'lib'));
  // As editors save: beside, and then in place of the old one.
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, '.saving'), text);
    await rename(join(folder, '.saving'), join(folder, name));
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  const settings = { CALUTE_AGENTS: folder, CALUTE_RELOAD: reload, GO: join(folder, 'go') };
  const [api, worker] = await Promise.all([
    startApi(environment),
    startWorker({ ...environment, ...settings }),
  ]);
  for (const role of [api, worker]) onTestFinished(() => role[Symbol.asyncDispose]());
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return {
    folder,
    write,
    remove: (name: string) => rm(join(folder, name)),
    async say(model: string, args = {}) {
      const answer = await openai.chat.completions.create(ask(model, `call say ${JSON.stringify(args)}`));
      return answer.choices[0]?.message.content;
    },
    models: async () => (await openai.models.list()).data.map(({ id }) => id),
    failures() {
      const lines = worker
        .log()
        .split('\n')
        .filter((line) => line.includes('agents.reload-failed'));
      return lines.map((line): string => JSON.parse(line).reason);
    },
  };
}
