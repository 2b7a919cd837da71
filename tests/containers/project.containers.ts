import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { OpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../scripts/redis/free-port.ts';
import { pack } from '../../scripts/release/pack.ts';
import { inFolder } from '../package/run-in-folder.ts';
import { ask } from '../support/chat-request.ts';
import { type Compose, findEngine } from './engine.ts';

const engine = await findEngine();
const root = join(import.meta.dirname, '../..');

/** The containers of a project that `calute init` has just written, as its README says to start them. */
describe.skipIf(engine === undefined)('a new project', () => {
  let folder: string;
  let compose: Compose;
  let client: OpenAI;

  beforeAll(async () => {
    if (engine === undefined) return;
    folder = await mkdtemp(join(tmpdir(), 'calute-project-'));
    const project = join(folder, 'project');
    await mkdir(project);
    const { file } = await pack(root, folder);
    await copyFile(file, join(project, basename(file)));
    const shell = inFolder(project);
    await shell.succeed('npm', 'install', `./${basename(file)}`);
    await shell.succeed('npx', 'calute', 'init');
    const [port, key] = [await freePort(), randomBytes(16).toString('hex')];
    compose = engine.compose({
      project: `calute-project-${randomBytes(3).toString('hex')}`,
      folder: project,
      files: ['compose.yaml'],
      env: { CALUTE_API_KEY: key, PORT: `${port}` },
    });
    await compose.run('build', 'api');
    await compose.run('up', '-d', '--scale', 'worker=2');
    client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: key });
    const isUp = async () => {
      const { data } = await client.models.list({ maxRetries: 0 }).catch(() => ({ data: [] }));
      return data.length > 0;
    };
    await vi.waitUntil(isUp, { timeout: 120_000, interval: 500 });
  });

  afterAll(async () => {
    await compose?.run('down', '-v', '--rmi', 'local', '--timeout', '5');
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test('its agents answer the openai package with what their tools say', async () => {
    const answer = await client.chat.completions.create(ask('clock', 'call time {"zone":"UTC"}'));
    expect(answer.choices[0]?.message.content).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  test.each(['api', 'worker'])('%s is healthy, and is no root user', async (service) => {
    const [id = ''] = await compose.idsOf(service);
    const health = () => engine?.run('inspect', '--format', '{{.State.Health.Status}}', id);
    await expect.poll(health, { timeout: 60_000, interval: 1000 }).toBe('healthy');
    expect(await engine?.run('exec', id, 'id', '-u')).toBe('1000');
  });
});
