import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const run = promisify(execFile);
const docs = new URL('../../docs/agents.md', import.meta.url);

/** The first block of this language in the section that the documentation gives newcomers. */
async function readBlock(language: 'ts' | 'sh'): Promise<string> {
  const [, section = ''] = (await readFile(docs, 'utf8')).split('## Your first agent with a tool\n');
  const block = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(section)?.[1];
  if (block === undefined) throw new Error(`The section has no block of ${language}.`);
  return block;
}

const completionSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
});
const thrownSchema = z.object({ thrown: z.array(z.number()), sum: z.number() });

it('the first agent of the documentation does what it says there', { timeout: 40_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calute-first-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'dice.ts'), await readBlock('ts'));
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  await using _worker = await startWorker({ ...environment, CALUTE_AGENTS: folder });
  await using api = await startApi(environment);
  const ask = async (command: string) => {
    const { stdout } = await run('sh', ['-c', command.replace('http://127.0.0.1:8080', api.url)]);
    return completionSchema.parse(JSON.parse(stdout)).choices[0].message.content;
  };
  const command = await readBlock('sh');
  const { thrown, sum } = thrownSchema.parse(JSON.parse(await ask(command)));
  expect(thrown).toHaveLength(2);
  expect(sum).toBe((thrown[0] ?? 0) + (thrown[1] ?? 0));
  expect(await ask(command.replace('\\"dice\\":2', '\\"dice\\":0'))).toContain('"error"');
});
