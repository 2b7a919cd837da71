import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { clients } from '../../scripts/clients/clients.ts';
import { readSnippets } from '../../scripts/clients/read-snippets.ts';
import { runSnippet } from '../../scripts/clients/run-snippet.ts';
import { share } from '../support/start-calute.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const calute = share(async () => {
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  const agents = { CALUTE_AGENTS: join(root, 'agents') };
  const [api, worker] = await Promise.all([
    startApi(environment),
    startWorker({ ...environment, ...agents }),
  ]);
  return {
    url: api.url,
    async [Symbol.asyncDispose]() {
      await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()]);
    },
  };
});

// The others are too large to be installed for the tests: `npm run clients` tries them.
it.each(['OpenAI SDK, TypeScript', 'AI SDK'])('%s answers as the README shows it', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'calute-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const snippet = readSnippets(readme).find(({ client }) => client === name);
  const prints = clients.find((client) => client.name === name)?.prints;
  if (snippet === undefined || prints === undefined) throw new Error(`The README does not show ${name}.`);
  const { PATH } = process.env;
  const run = await runSnippet(snippet, { folder, url: calute().url, env: { PATH } });
  expect(run).toEqual({ exitCode: 0, stdout: expect.stringMatching(prints), stderr: '' });
});
