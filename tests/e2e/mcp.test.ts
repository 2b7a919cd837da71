import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { expect, inject, it, onTestFinished } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { startToolServer, stdioToolServer } from '../support/start-tool-server.ts';
import { randomPrefix } from '../support/test-redis.ts';

const key = 'sk-of-the-tool-server';

it('a client gets what tools of MCP servers say, streamed and whole, with headers from the worker alone', {
  timeout: 40_000,
}, async () => {
  await using server = await startToolServer({ key });
  const web = `{ url: '${server.url}', headers: { authorization: 'Bearer ' + process.env.TOOL_KEY } }`;
  const { openai, worker } = await open(`{ files: ${child()}, web: ${web} }`, { TOOL_KEY: key });
  for (const name of ['files', 'web']) {
    const request = ask('a', `call ${name}__add {"a":2,"b":40}`);
    const answer = await openai.chat.completions.create(request);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '42' } });
    const stream = openai.chat.completions.stream({ ...request, stream: true });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('42');
  }
  const failed = await openai.chat.completions.create(ask('a', 'call web__fail'));
  expect(failed.choices[0]?.message.content).toBe('{"error":"out of paper"}');
  await expect.poll(() => worker.log().match(/run\.finished/g)).toHaveLength(5);
  expect(worker.log()).not.toContain(key);
});

it("a client's own tool cannot have the name of a server's, and requests cannot name servers", {
  timeout: 40_000,
}, async () => {
  const { openai } = await open(`{ files: ${child()} }`);
  const tools = [{ type: 'function' as const, function: { name: 'files__add' } }];
  await expect(openai.chat.completions.create({ ...ask('a'), tools })).rejects.toMatchObject({
    status: 400,
    param: 'tools.0.function.name',
  });
  const touched = join(tmpdir(), `calute-never-${process.pid}`);
  const mcp = { mine: { command: 'touch', args: [touched] } };
  const request = openai.chat.completions.create({ ...ask('a'), ...({ mcp } as object) });
  expect((await request).choices[0]?.message.content).toBe('Hello');
  expect(existsSync(touched)).toBe(false);
});

it('a worker starts without its tool server; runs get 503 until it is there, and other agents never wait', {
  timeout: 40_000,
}, async () => {
  await using server = await startToolServer();
  await server.kill();
  const { openai } = await open(`{ web: { url: '${server.url}' } }`);
  const request = ask('a', 'call web__add {"a":1,"b":1}');
  await expect(openai.chat.completions.create(request)).rejects.toMatchObject({
    status: 503,
    code: 'tool_server_unavailable',
    type: 'server_error',
  });
  expect((await openai.chat.completions.create(ask('plain'))).choices[0]?.message.content).toBe('Hello');
  await server.start();
  const retried = () =>
    openai.chat.completions.create(request).then(
      ({ choices }) => choices[0]?.message.content,
      ({ code }) => code,
    );
  await expect.poll(retried, { timeout: 20_000 }).toBe('2');
});

it('a worker that is stopped ends its child processes, and one that is killed leaves none', {
  timeout: 40_000,
}, async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { openai, worker } = await open(`{ files: ${child()} }`);
    const answer = await openai.chat.completions.create(ask('a', 'call files__pid'));
    const pid = Number(answer.choices[0]?.message.content);
    expect(isAlive(pid)).toBe(true);
    await worker.stop(signal);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  }
});

it('a call of a server tool that was in hand when its worker died is not made again, but reported', {
  timeout: 40_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calute-notes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const notes = join(folder, 'notes');
  await using server = await startToolServer({ notes });
  const { openai, worker, startAnother } = await open(`{ web: { url: '${server.url}' } }`);
  const answer = openai.chat.completions.create(ask('a', 'call web__wait'));
  const refused = expect(answer).rejects.toMatchObject({ code: 'tool_outcome_unknown' });
  await expect
    .poll(() => readFile(notes, 'utf8').catch(() => ''), { timeout: 10_000 })
    .toContain('wait started');
  await worker.stop('SIGKILL');
  await startAnother();
  await refused;
  expect((await readFile(notes, 'utf8')).match(/wait started/g)).toHaveLength(1);
});

function child(): string {
  return JSON.stringify(stdioToolServer);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** An API and a worker with the agent `a` that names these servers, and `plain` that names none. */
async function open(mcp: string, settings: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'calute-mcp-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [id, more] of [
    ['a', `mcp: ${mcp}`],
    ['plain', ''],
  ]) {
    const definition = `defineAgent({ id: '${id}', model: 'offline:echo', ${more} })`;
    const head = `import { defineAgent } from '@calute/core/agent/define-agent';`;
    await writeFile(join(folder, `${id}.ts`), `${head}\nexport default ${definition};\n`);
  }
  const environment = { REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: randomPrefix() };
  const startAnother = async () => {
    const started = await startWorker({ ...environment, ...settings, CALUTE_AGENTS: folder });
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  };
  const [api, worker] = await Promise.all([startApi(environment), startAnother()]);
  onTestFinished(() => api[Symbol.asyncDispose]());
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { openai, worker, startAnother };
}
