import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { childEnvironment } from '../support/child-environment.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

/** Takes its worker with it, unless the environment spares it. */
const poison = `
import { defineAgent } from '@calute/core/agent/define-agent';
export default defineAgent({
  id: 'poison',
  model: 'offline:echo',
  instructions: () => {
    if (process.env.SPARE !== '1') process.kill(process.pid, 'SIGKILL');
    return '';
  },
});
`;

async function agentFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-agents-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'poison.ts'), poison);
  return folder;
}

const envelope = z.object({ error: z.object({ code: z.string() }) });

it('gives up a run that kills its workers after two executions, keeps it, and sends it again on demand', {
  timeout: 60_000,
}, async () => {
  const environment = {
    REDIS_URL: inject('redisUrl'),
    CALUTE_PREFIX: randomPrefix(),
    CALUTE_AGENTS: await agentFolder(),
  };
  await using api = await startApi(environment);
  await using first = await startWorker(environment);
  const answer = fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'poison', messages: [{ role: 'user', content: 'precious' }] }),
  });
  expect(await first.exited).toBe('SIGKILL');
  await using second = await startWorker(environment);
  expect(await second.exited).toBe('SIGKILL');
  await using third = await startWorker({ ...environment, SPARE: '1' });
  const refused = await answer;
  expect([refused.status, envelope.parse(await refused.json()).error.code]).toEqual([500, 'worker_lost']);

  const run = operator(environment);
  await expect.poll(() => run('list'), { timeout: 10_000 }).toMatch(/chatcmpl-\S+ +poison +local/);
  const [runId = ''] = /chatcmpl-\S+/.exec(await run('list')) ?? [];
  expect(await run('show', runId)).toContain('precious');
  const again = (await run('retry', runId)).trim();
  const stream = await fetch(`${api.url}/v1/chat/completions/${again}/stream`);
  expect(await stream.text()).toContain('"content":"precious"');
  expect(await run('list')).toBe('');
  expect(third.process.exitCode).toBeNull();
});

function operator(environment: Record<string, string>) {
  const main = join(import.meta.dirname, '..', '..', 'scripts', 'dead-letters', 'main.ts');
  return (...args: string[]) =>
    new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        [main, ...args],
        { env: { ...childEnvironment(), ...environment } },
        (error, stdout) => (error ? reject(error) : resolve(stdout)),
      );
    });
}
