import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis/free-port.ts';
import { pack } from '../../scripts/release/pack.ts';
import { type InFolder, inFolder, printed } from './run-in-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const openaiVersion = '7.57.0';

let folder: string;
let project: string;
let shell: InFolder;
let dev: ChildProcess | undefined;
let url: string;

/** What a newcomer does, from an empty folder on: the tests look at what it has come to. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calute-package-'));
  const { file } = await pack(root, folder);
  project = join(folder, 'project');
  await mkdir(project);
  const port = String(await freePort());
  shell = inFolder(project, {
    PORT: port,
    ADMIN_PORT: '0',
    LOG_LEVEL: 'info',
    CALUTE_URL: `http://127.0.0.1:${port}`,
  });
  await shell.succeed('npm', 'install', file);
  await shell.succeed('npx', 'calute', 'init');
  await shell.succeed('npm', 'install', `openai@${openaiVersion}`);
  dev = shell.start('npm', 'run', 'dev');
  [, url = ''] = await printed(dev, /^ready (\S+)$/m);
});

afterAll(async () => {
  if (dev !== undefined && dev.exitCode === null) {
    dev.kill('SIGTERM');
    await once(dev, 'close');
  }
  await rm(folder, { recursive: true, force: true });
});

test('what it installs for production is below 150 MB', async () => {
  const bytes = await sizeOf(
    join(project, 'node_modules'),
    (name) => !['typescript', '@typescript', '@types', 'openai'].includes(name),
  );
  expect(Math.round(bytes / 1e6)).toBeLessThan(150);
});

test('the project has its files, and a second init leaves them alone', async () => {
  const files = [
    'package.json',
    'tsconfig.json',
    'Dockerfile',
    'compose.yaml',
    'README.md',
    '.gitignore',
    '.dockerignore',
    '.env.example',
  ];
  for (const file of [...files, 'agents/clock.ts', 'agents/desk.ts', 'tests/clock.test.ts'])
    expect(existsSync(join(project, file)), file).toBe(true);
  const again = await shell.run('npx', 'calute', 'init');
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('agents/clock.ts');
});

test('its types are right, and its agents can be served', async () => {
  const checked = await shell.succeed('npm', 'run', 'check');
  expect(checked).toMatch(/^clock +offline:echo +time +/m);
  expect(checked).toMatch(/^desk +offline:echo +- +clock/m);
});

test('a type fault in an agent is found', async () => {
  const file = join(project, 'agents', '_wrong.ts');
  await writeFile(
    file,
    "import { defineAgent } from 'calute';\nexport default defineAgent({ id: 1, model: 'offline:echo' });\n",
  );
  const checked = await shell.run('npx', 'tsc');
  await rm(file);
  expect(checked.exitCode).not.toBe(0);
  expect(checked.stdout).toContain(
    "agents/_wrong.ts(2,30): error TS2322: Type 'number' is not assignable to type 'string'",
  );
});

test('the test of its agents passes without Redis and shows their steps', async () => {
  const tested = await shell.succeed('npm', 'test');
  expect(tested).toContain(
    '1. desk\n   calls transfer_to_clock {}\n   hands over to clock\n2. clock\n   says Noon.',
  );
});

test('the openai package gets an answer and a stream', async () => {
  const script = `
    import OpenAI from 'openai';
    const client = new OpenAI({ baseURL: '${url}/v1', apiKey: 'none' });
    const ask = { model: 'clock', messages: [{ role: 'user', content: 'call time {"zone":"UTC"}' }] };
    const answer = await client.chat.completions.create(ask);
    console.log(answer.choices[0].message.content);
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    console.log(text);`;
  await writeFile(join(project, 'ask.mjs'), script);
  expect(await shell.succeed('node', 'ask.mjs')).toMatch(/^\d\d:\d\d:\d\d\n\d\d:\d\d:\d\d\n$/);
});

test('the command line asks the server that runs', async () => {
  const asked = await shell.succeed('npx', 'calute', 'chat', 'desk', 'Hello', '--json');
  expect(JSON.parse(asked)).toMatchObject({ agent: 'desk', content: 'Hello', finish_reason: 'stop' });
});

test('keys are kept in the Redis of the folder', async () => {
  const listed = await shell.run('npx', 'calute', 'keys', 'list');
  expect(listed).toMatchObject({ exitCode: 0, stdout: '', stderr: 'There are no API keys.\n' });
});

test('an agent that uses another package is served as soon as its file is saved', async () => {
  const file = `
    import { defineAgent } from 'calute';
    import { VERSION } from 'openai/version';
    export default defineAgent({ id: 'sdk-' + VERSION, model: 'offline:echo' });`;
  await writeFile(join(project, 'agents', 'sdk.ts'), file);
  await expect
    .poll(() => shell.succeed('npx', 'calute', 'agents', 'list'), { timeout: 20_000 })
    .toContain(`sdk-${openaiVersion}`);
});

test('a schema of zod 3 is named with what to do', async () => {
  const file = join(project, 'agents', 'old.ts');
  const tool = "{ description: 'Looks', parameters: z.object({}) as never, execute: () => '' }";
  await writeFile(
    file,
    `import { defineAgent } from 'calute';\nimport { z } from 'zod/v3';\nexport default defineAgent({ id: 'old', model: 'offline:echo', tools: { look: ${tool} } });\n`,
  );
  const checked = await shell.run('npx', 'calute', 'agents', 'check');
  await rm(file);
  expect(checked.exitCode).toBe(1);
  expect(checked.stderr).toContain(
    'this schema is of zod 3, and Calute needs zod 4: run "npm install zod@4"',
  );
});

test('a project with zod 3 in place of zod 4 is told so', async () => {
  const manifest = join(project, 'node_modules/zod/package.json');
  const stub = join(project, 'zod3.mjs');
  await writeFile(
    stub,
    `import { registerHooks } from 'node:module';
     registerHooks({ resolve: (name, context, next) => name === 'zod' ? { url: 'data:text/javascript,export const z = {}', shortCircuit: true } : next(name, context) });
     await import('calute').catch((error) => console.log(error.message));`,
  );
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  expect(await shell.succeed('node', stub)).toContain(
    `Calute needs zod 4, and this project has zod ${version}`,
  );
});

/** Bytes on the disk of what is wanted of a folder. */
async function sizeOf(path: string, isWanted: (name: string) => boolean): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true });
  const sizes = entries
    .filter(({ name }) => isWanted(name))
    .map((entry) => {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) return sizeOf(inside, () => true);
      return entry.isFile() ? stat(inside).then(({ size }) => size) : 0;
    });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
