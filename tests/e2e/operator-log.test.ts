import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { type StartedRole, startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const head = "import { defineAgent } from '@calute/core/agent/define-agent';\nimport { z } from 'zod';\n";
const agents = {
  roller: `{ id: 'roller', model: 'offline:echo', tools: { roll: {
    description: 'Rolls', parameters: z.object({}), execute: () => { throw new TypeError('dice lost'); } } } }`,
  distant: "{ id: 'distant', model: 'openai:m' }",
  keyless: "{ id: 'keyless', model: 'anthropic:m' }",
};

it('an operator reads what failed and why, and a client nothing of the stack', async () => {
  await using calute = await start();
  expect(await calute.line('agent.key-missing')).toMatchObject({
    level: 40,
    agent: 'keyless',
    model: 'anthropic:m',
    needs: 'ANTHROPIC_API_KEY',
  });
  const answer = await calute.ask('roller', 'call roll {}');
  expect(answer).toContain('dice lost');
  expect(answer).not.toMatch(/TypeError|\.ts:\d/);
  expect(await calute.line('run.tool-failed')).toMatchObject({
    level: 40,
    tool: 'roll',
    agent: 'roller',
    runId: expect.stringMatching(/^chatcmpl-/),
    err: { message: 'dice lost', stack: expect.stringContaining('roller.ts:') },
  });
  expect(await calute.line('run.finished')).toMatchObject({
    agent: 'roller',
    end: 'completed',
    durationMs: expect.any(Number),
    usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
  });
  await calute.ask('distant', 'Hello');
  expect(await calute.line('provider.failed')).toMatchObject({
    level: 40,
    agent: 'distant',
    model: 'openai:m',
    host: '127.0.0.1:9',
    code: 'upstream_unreachable',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
});

it('with LOG_FORMAT=pretty a run is one line for people', async () => {
  await using calute = await start({ LOG_FORMAT: 'pretty' });
  await calute.ask('roller', 'Hello');
  const run = /^\d\d:\d\d:\d\d worker roller completed: 1 \+ 1 tokens, \d+\.\d\d s chatcmpl-\S+$/m;
  await vi.waitFor(() => expect(calute.worker.log()).toMatch(run), { timeout: 10_000 });
});

async function start(settings: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'calute-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [id, definition] of Object.entries(agents))
    await writeFile(join(folder, `${id}.ts`), `${head}export default defineAgent(${definition});\n`);
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  const upstream = { CALUTE_AGENTS: folder, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
  const [api, worker] = await Promise.all([
    startApi(environment),
    startWorker({ ...environment, ...upstream, ...settings }),
  ]);
  return {
    worker,
    ask: async (model: string, content: string) => {
      const response = await fetch(`${api.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ask(model, content)),
      });
      return response.text();
    },
    line: (event: string) => vi.waitFor(() => findLine(worker, event)),
    async [Symbol.asyncDispose]() {
      await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()]);
    },
  };
}

/** Lines leave up to 50 ms after the fact. */
function findLine(worker: StartedRole, event: string): Readonly<Record<string, unknown>> {
  const found = worker
    .log()
    .split('\n')
    .find((line) => line.includes(`"msg":"${event}"`));
  if (found === undefined) throw new Error(`The worker has not logged ${event}.`);
  return JSON.parse(found);
}
