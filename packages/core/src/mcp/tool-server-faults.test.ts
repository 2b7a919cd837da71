import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startToolServer } from '../../../../tests/support/start-tool-server.ts';
import type { ToolServer } from '../agent/tool-server.ts';
import { openOver, openServer } from './testing/open-tool-servers.ts';

/** For what other processes do: they share the machine with everything else. */
const soon = { timeout: 10_000 };

test('a child process that dies is started again for the next run', async () => {
  const { call } = await openOver('stdio');
  await call('s__die');
  expect(await call('s__add', { a: 1, b: 1 })).toBe('2');
});

test('a child gets only the variables that the agent file names, and its words are logged without them', async () => {
  process.env['CALUTE_TEST_SECRET'] = 'not for children';
  onTestFinished(() => void delete process.env['CALUTE_TEST_SECRET']);
  const { call, lines } = await openOver('stdio', { env: { TOOL_SERVER_KEY: 'sk-secret-of-the-server' } });
  expect(await call('s__variable', { name: 'CALUTE_TEST_SECRET' })).toBe('not set');
  expect(await call('s__variable', { name: 'TOOL_SERVER_KEY' })).toBe('sk-secret-of-the-server');
  await expect.poll(lines, soon).toContain('"line":"started with [removed]"');
  expect(lines()).not.toContain('sk-secret');
});

test('a server that is started again is used again, also by runs that had their tools before', async () => {
  await using server = await startToolServer();
  const { equip, callTool } = await openServer({ url: server.url });
  const before = await equip();
  expect(await callTool(before, 's__add', { a: 1, b: 1 })).toBe('2');
  await server.kill();
  // Which of the two it is depends on whether the loss was noticed before the call.
  const failed = await callTool(before, 's__add', { a: 1, b: 2 });
  expect(JSON.parse(failed).error).toMatch(
    /is not available; try again|whether the tool took effect is unknown/,
  );
  await server.start();
  await expect.poll(() => callTool(before, 's__add', { a: 1, b: 2 }), soon).toBe('3');
});

test.each([false, true])(
  'a server that is killed under a call is noticed at once, with a stream that could be resumed: %s',
  async (resumable) => {
    const notes = join(await mkdtemp(join(tmpdir(), 'calute-notes-')), 'notes');
    onTestFinished(() => rm(dirname(notes), { recursive: true }));
    await using server = await startToolServer({ resumable, notes });
    const { call, lines } = await openServer({ url: server.url });
    const waiting = call('s__wait');
    await expect.poll(() => readFile(notes, 'utf8').catch(() => ''), soon).toBe('wait started\n');
    await server.kill();
    expect(await waiting).toMatch(/whether the tool took effect is unknown/);
    await expect.poll(lines, soon).toContain('tool-server.disconnected');
  },
);

const run = (code: string): ToolServer => ({ command: process.execPath, args: ['-e', code] });

test.each<[string, () => ToolServer | Promise<ToolServer>]>([
  ['an address where nobody listens', goneServer],
  ['a command that does not exist', () => ({ command: 'no-such-command' })],
  ['a program that is no server', () => run('0')],
  ['a program that never answers', () => run('setInterval(() => 0, 1000)')],
])('%s is a typed error, and the worker lives', async (_, server) => {
  const { equip, lines } = await openServer(await server(), { waitMs: 1000, connectMs: 1500 });
  await expect(equip()).rejects.toMatchObject({
    code: 'tool_server_unavailable',
    message: 'The tool server "s" is not available; try again.',
  });
  await expect.poll(lines, soon).toContain('tool-server.unavailable');
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

test('a child that ignores the end of its input and SIGTERM is killed', async () => {
  const { servers, call } = await openOver('stdio', { env: { TOOL_SERVER_STUBBORN: '1' } });
  const pid = Number(await call('s__pid'));
  await servers[Symbol.asyncDispose]();
  await expect.poll(() => isAlive(pid), soon).toBe(false);
});

async function goneServer(): Promise<ToolServer> {
  const server = await startToolServer();
  await server.kill();
  return { url: server.url };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
