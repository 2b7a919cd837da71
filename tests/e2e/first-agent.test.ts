import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const run = promisify(execFile);
const docs = new URL('../../docs/agents.md', import.meta.url);
const section = 'Your first agent with a tool';

/** The first block of this language in a section of the documentation. */
async function readBlock(heading: string, language: 'ts' | 'sh'): Promise<string> {
  const [, section = ''] = (await readFile(docs, 'utf8')).split(`## ${heading}\n`);
  const block = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(section)?.[1];
  if (block === undefined) throw new Error(`"${heading}" has no block of ${language}.`);
  return block;
}

/** Runs a command of the documentation against this installation and gives the answer's text. */
async function ask(command: string, { url }: { readonly url: string }): Promise<string> {
  const { stdout } = await run('sh', ['-c', command.replace('http://127.0.0.1:8080', url)]);
  return completionSchema.parse(JSON.parse(stdout)).choices[0].message.content;
}

const completionSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
});
const thrownSchema = z.object({ thrown: z.array(z.number()), sum: z.number() });

it('the first agent of the documentation does what it says there', { timeout: 40_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calute-first-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'dice.ts'), await readBlock(section, 'ts'));
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  await using _worker = await startWorker({ ...environment, CALUTE_AGENTS: folder });
  await using api = await startApi(environment);
  const command = await readBlock(section, 'sh');
  const { thrown, sum } = thrownSchema.parse(JSON.parse(await ask(command, api)));
  expect(thrown).toHaveLength(2);
  expect(sum).toBe((thrown[0] ?? 0) + (thrown[1] ?? 0));
  expect(await ask(command.replace('\\"dice\\":2', '\\"dice\\":0'), api)).toContain('"error"');
});

it('the agents that come along do what the documentation says of them', { timeout: 40_000 }, async () => {
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  const folder = fileURLToPath(new URL('../../agents', import.meta.url));
  await using _worker = await startWorker({ ...environment, CALUTE_AGENTS: folder });
  await using api = await startApi(environment);
  const clock = await readBlock('Providers', 'sh');
  expect(await ask(clock, api)).toMatch(/\d{4} at \d\d:\d\d:\d\d (JST|GMT\+9)/);
  const lorem = clock.replace('"clock"', '"lorem"');
  expect((await ask(lorem, api)).split(' ').length).toBeGreaterThan(10);
  const desk = clock.replace('"clock"', '"desk"').replace(/call time .*?\}"/, 'call transfer_to_poet {}"');
  expect((await ask(desk, api)).split(' ').length).toBeGreaterThan(10);
});
