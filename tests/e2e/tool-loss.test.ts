import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, it, type TestContext } from 'vitest';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

/** A tool that takes effect and then takes its worker with it, unless the environment spares it. */
const agentFile = (id: string, idempotent: boolean) => `
import { appendFileSync } from 'node:fs';
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
export default defineAgent({
  id: '${id}',
  model: 'offline:echo',
  tools: {
    pay: {
      description: 'Pays',
      parameters: z.object({ amount: z.number() }),
      idempotent: ${idempotent},
      execute: ({ amount }, { callId }) => {
        appendFileSync(process.env.EFFECTS, '${id} ' + callId + '\\n');
        if (process.env.SPARE !== '1') process.kill(process.pid, 'SIGKILL');
        return { paid: amount };
      },
    },
  },
});
`;

async function open(id: string, idempotent: boolean, onTestFinished: TestContext['onTestFinished']) {
  const folder = await mkdtemp(join(tmpdir(), 'calute-tools-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, `${id}.ts`), agentFile(id, idempotent));
  const effects = join(folder, 'effects.txt');
  await writeFile(effects, '');
  const environment = {
    REDIS_URL: inject('redisUrl'),
    CALUTE_PREFIX: randomPrefix(),
    CALUTE_AGENTS: folder,
    EFFECTS: effects,
  };
  const readEffects = async () => (await readFile(effects, 'utf8')).trim().split('\n');
  return { environment, readEffects };
}

it.concurrent.for([true, false])(
  'a tool whose worker dies under it is not run again, but reported as in doubt; streaming: %s',
  { timeout: 90_000 },
  async (stream, { expect, onTestFinished }) => {
    const { environment, readEffects } = await open('careful', false, onTestFinished);
    await using api = await startApi(environment);
    await using first = await startWorker(environment);
    const answer = ask(api.url, 'careful', stream);
    expect(await first.exited).toBe('SIGKILL');
    await using _second = await startWorker({ ...environment, SPARE: '1' });
    const text = await (await answer).text();
    expect(text).toContain('"code":"tool_outcome_unknown"');
    expect(text).not.toContain('[DONE]');
    const again = await ask(api.url, 'careful', stream);
    expect(await again.text()).toContain('"code":"tool_outcome_unknown"');
    expect(await readEffects()).toHaveLength(1);
  },
);

it.concurrent('a tool that is declared idempotent runs again with the same call id, and the answer is whole', {
  timeout: 90_000,
}, async ({ expect, onTestFinished }) => {
  const { environment, readEffects } = await open('again', true, onTestFinished);
  await using api = await startApi(environment);
  await using first = await startWorker(environment);
  const answer = ask(api.url, 'again', true);
  expect(await first.exited).toBe('SIGKILL');
  await using _second = await startWorker({ ...environment, SPARE: '1' });
  const text = await (await answer).text();
  expect(text).toContain('[DONE]');
  expect(text).toContain('paid');
  expect(text.match(/"event":"tool-(start|end)"/g)).toEqual(['"event":"tool-start"', '"event":"tool-end"']);
  const effects = await readEffects();
  expect(effects).toHaveLength(2);
  expect(new Set(effects).size).toBe(1);
});

function ask(url: string, model: string, stream: boolean): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'pay', 'X-Calute-Events': '1' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'call pay {"amount":7}' }] }),
  });
}
