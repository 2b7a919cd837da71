import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../../../scripts/redis/free-port.ts';
import { startToolServer, stdioToolServer } from '../../../../../tests/support/start-tool-server.ts';
import { createLogger } from '../../logger.ts';
import type { Agent } from '../agent.ts';
import { defineAgent } from '../define-agent.ts';
import { executeTool } from '../tools/execute-tool.ts';
import { createToolServers } from './create-tool-servers.ts';
import type { ToolServer } from './tool-server.ts';

const cut = '{"error":"The connection to the tool server failed; whether the tool took effect is unknown."}';
const never = new AbortController().signal;

describe.each(['stdio', 'http'] as const)('over %s', (transport) => {
  test("a server's tools join the agent's own, described by their own schema", async () => {
    const { equip } = await open(transport);
    const { tools } = await equip();
    expect(Object.keys(tools)).toEqual(
      expect.arrayContaining(['own', 's__add', 's__fail', 's__dotted_name']),
    );
    expect(tools['s__add']).toMatchObject({
      description: 'Adds two numbers',
      inputSchema: { type: 'object', required: ['a', 'b'] },
      idempotent: false,
      timeoutMs: 30_000,
    });
    expect(tools['s__add']).not.toHaveProperty('inputSchema.$schema');
    expect(tools['s__picture']?.description).toBe('picture');
    for (const name of Object.keys(tools)) expect(name).toMatch(/^[\w-]{1,64}$/);
  });

  test('a tool answers with text, structured content, or a note for what is neither', async () => {
    const { call } = await open(transport);
    expect(await call('s__add', { a: 2, b: 3 })).toBe('5');
    expect(await call('s__measure')).toBe('{"degrees":21}');
    expect(await call('s__picture')).toBe(
      'A cat.\n[image (image/png): not supported here]\n[link to file:///cat.txt]',
    );
    expect(await call('s__dotted_name')).toBe('dotted');
  });

  test('a tool that fails, arguments that do not fit and a flood are errors that the model is told', async () => {
    const { call } = await open(transport);
    expect(await call('s__fail')).toBe('{"error":"out of paper"}');
    expect(await call('s__add', { a: 'two' })).toMatch(/^\{"error":".*a/);
    expect(await call('s__add', [])).toBe('{"error":"The arguments are not an object."}');
    expect(await call('s__flood')).toBe(cut);
    expect(await call('s__add', { a: 2, b: 3 })).toBe('5');
  });

  test('a slow tool is cancelled at the server when its time is up, and when the run is aborted', async () => {
    const { call, notes } = await open(transport, { toolTimeoutsMs: { wait: 300 } });
    expect(await call('s__wait')).toBe('{"error":"The tool took longer than 300 ms."}');
    await expect.poll(notes).toBe('wait started\nwait cancelled\n');
    const patient = await open(transport);
    const run = new AbortController();
    const reason = new Error('cancelled');
    const waiting = patient.call('s__wait', {}, run.signal);
    await expect.poll(patient.notes).toBe('wait started\n');
    run.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect.poll(patient.notes).toBe('wait started\nwait cancelled\n');
  });

  test('a server that dies under a call is an error that says so, and the call is not made twice', async () => {
    const { call, notes, lines } = await open(transport);
    expect(await call('s__die')).toBe(cut);
    expect(await notes()).toBe('die\n');
    await expect.poll(lines).toContain('tool-server.disconnected');
  });

  test('a tool that is added later is there once the server has told of it', async () => {
    const { call, equip } = await open(transport);
    expect(await call('s__late')).toBeUndefined();
    await call('s__grow');
    await expect.poll(async () => Object.keys((await equip()).tools)).toContain('s__late');
    expect(await call('s__late')).toBe('here I am');
  });

  test('only the tools of the list are given, and hints count only where the agent file says so', async () => {
    const { equip, lines } = await open(transport, {
      tools: ['add', 'fail', 'gone'],
      idempotent: 'annotated',
    });
    const { tools } = await equip();
    expect(Object.keys(tools)).toEqual(['own', 's__add', 's__fail']);
    expect(tools['s__add']?.idempotent).toBe(true);
    expect(tools['s__fail']?.idempotent).toBe(false);
    expect(lines()).toContain('tool-server.tools-missing');
    const named = await open(transport, { idempotent: ['fail'], timeoutMs: 5 });
    const { s__add, s__fail } = (await named.equip()).tools;
    expect([s__add?.idempotent, s__fail?.idempotent, s__fail?.timeoutMs]).toEqual([false, true, 5]);
  });
});

test('a child process that dies is started again for the next run', async () => {
  const { call } = await open('stdio');
  await call('s__die');
  expect(await call('s__add', { a: 1, b: 1 })).toBe('2');
});

test('a child gets only the variables that the agent file names, and its words are logged without them', async () => {
  process.env['CALUTE_TEST_SECRET'] = 'not for children';
  onTestFinished(() => void delete process.env['CALUTE_TEST_SECRET']);
  const { call, lines } = await open('stdio', { env: { TOOL_SERVER_KEY: 'sk-secret-of-the-server' } });
  expect(await call('s__variable', { name: 'CALUTE_TEST_SECRET' })).toBe('not set');
  expect(await call('s__variable', { name: 'TOOL_SERVER_KEY' })).toBe('sk-secret-of-the-server');
  await expect.poll(lines).toContain('"line":"started with [removed]"');
  expect(lines()).not.toContain('sk-secret');
});

test('a server that is started again on its port is used again, by a call that it has not taken before', async () => {
  const port = await freePort();
  const first = await startToolServer({ port });
  const { call } = await openServer({ url: first.url });
  expect(await call('s__add', { a: 1, b: 1 })).toBe('2');
  await first.kill();
  await using _second = await startToolServer({ port });
  expect(await call('s__add', { a: 1, b: 2 })).toBe('3');
});

test.each([
  [
    'a port that nobody listens on',
    async (): Promise<ToolServer> => ({ url: `http://127.0.0.1:${await freePort()}/` }),
  ],
  ['a command that does not exist', async (): Promise<ToolServer> => ({ command: 'no-such-command' })],
  [
    'a program that is no server',
    async (): Promise<ToolServer> => ({ command: process.execPath, args: ['-e', '0'] }),
  ],
  [
    'a program that never answers',
    async (): Promise<ToolServer> => ({
      command: process.execPath,
      args: ['-e', 'setInterval(() => 0, 1000)'],
    }),
  ],
])('%s is a typed error, and the worker lives', async (_, server) => {
  const { equip, lines } = await openServer(await server(), { waitMs: 1000, connectMs: 1500 });
  await expect(equip()).rejects.toMatchObject({
    code: 'tool_server_unavailable',
    message: 'The tool server "s" is not available; try again.',
  });
  await expect.poll(lines).toContain('tool-server.unavailable');
  await expect(equip()).rejects.toMatchObject({ retryAfterMs: expect.any(Number) });
});

test('a key is sent as the agent file says, and neither it nor the URL reaches the log when it is refused', async () => {
  await using server = await startToolServer({ key: 'sk-right-key' });
  const right = await openServer({ url: server.url, headers: { authorization: 'Bearer sk-right-key' } });
  expect(await right.call('s__add', { a: 1, b: 1 })).toBe('2');
  const url = `${server.url}?token=sk-wrong-token`;
  const wrong = await openServer({ url, headers: { authorization: 'Bearer sk-wrong-key' } });
  await expect(wrong.equip()).rejects.toMatchObject({ code: 'tool_server_unavailable' });
  expect(wrong.lines()).toContain('no such key');
  expect(wrong.lines()).not.toContain('sk-wrong');
});

test('agents that name one address share a connection, and one that no agent names any more is closed', async () => {
  const { servers, agent, call, lines } = await open('stdio', {}, 'shared');
  const again = defineAgent({
    id: 'b',
    model: 'offline:echo',
    mcp: { other: { ...agent.mcp?.['s'], tools: ['add'] } as ToolServer },
  });
  servers.serve([agent, again]);
  expect(Object.keys((await servers.equip(again, never)).tools)).toEqual(['other__add']);
  await call('s__add', { a: 1, b: 1 });
  expect(lines().match(/tool-server\.connected/g)).toHaveLength(1);
  servers.serve([again]);
  expect(lines()).not.toContain('tool-server.disconnected');
  servers.serve([]);
  await expect.poll(lines).toContain('tool-server.disconnected');
});

test('a run that is older than the reload still calls its tools', async () => {
  const { servers, agent, lines } = await open('stdio');
  const old = await servers.equip(agent, never);
  servers.serve([]);
  await expect.poll(lines).toContain('tool-server.disconnected');
  const context = { signal: never, runId: 'r', callId: 'c' };
  const tool = old.tools['s__add'];
  expect(tool && (await executeTool(tool, '{"a":1,"b":1}', context))).toBe('2');
  await expect.poll(() => lines().match(/tool-server\.disconnected/g)).toHaveLength(2);
});

test('an agent without servers comes back as it is', async () => {
  const { servers } = await open('stdio');
  const plain = defineAgent({ id: 'plain', model: 'offline:echo' });
  expect(await servers.equip(plain, never)).toBe(plain);
});

let opened = 0;

/** A server of the test's own, and an agent that names it `s`. */
async function open(transport: 'stdio' | 'http', more: Partial<ToolServer> = {}, _name = '') {
  opened += 1;
  const notes = join(tmpdir(), `calute-notes-${process.pid}-${opened}`);
  const readNotes = () => readFile(notes, 'utf8').catch(() => '');
  if (transport === 'stdio') {
    const env = { TOOL_SERVER_NOTES: notes, ...('env' in more ? more.env : {}) };
    return { ...(await openServer({ ...stdioToolServer, ...more, env })), notes: readNotes };
  }
  const server = await startToolServer({ notes });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...(await openServer({ ...more, url: server.url } as ToolServer)), notes: readNotes };
}

async function openServer(server: ToolServer, limits = {}) {
  const written: string[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'debug',
    destination: { write: (line) => void written.push(line) },
  });
  const servers = createToolServers({ logger, limits });
  onTestFinished(() => servers[Symbol.asyncDispose]());
  const own = {
    description: 'd',
    inputSchema: { type: 'object' },
    idempotent: false,
    timeoutMs: 1,
    execute: async () => '',
  };
  const agent: Agent = {
    ...defineAgent({ id: 'a', model: 'offline:echo', mcp: { s: server } }),
    tools: { own },
  };
  const equip = () => servers.equip(agent, never);
  const call = async (name: string, args: unknown = {}, signal = never) => {
    const tool = (await equip()).tools[name];
    const context = { signal, runId: 'r', callId: 'c' };
    // because a test that calls a tool that is not there looks at just that
    return (tool && (await executeTool(tool, JSON.stringify(args), context))) as string;
  };
  return { servers, agent, equip, call, lines: () => written.join('') };
}
