import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../scripts/redis/free-port.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { openSse } from '../support/read-sse.ts';
import { prepareCalute, share } from '../support/start-calute.ts';

// Each command is a process of its own, some tests start seven.
vi.setConfig({ testTimeout: 60_000 });

const bin = fileURLToPath(new URL('../../packages/calute/bin/calute.mjs', import.meta.url));
const bundled = fileURLToPath(new URL('../../agents', import.meta.url));

const calute = share(async () => {
  const slow = { id: 'slow', model: 'offline:lorem?tokens=60&delayMs=50' };
  const installation = await prepareCalute([slow]);
  const other = await prepareCalute([]);
  const [api, otherApi] = await Promise.all([
    installation.startApi(),
    other.startApi({ CALUTE_API_KEY: 'sk-of-this-very-test' }),
    installation.startWorker(),
    other.startWorker({ CALUTE_AGENTS: bundled }),
  ]);
  return {
    installation,
    url: api.url,
    bundledUrl: otherApi.url,
    async [Symbol.asyncDispose]() {
      await installation[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
});

/** The bundled agents behind a key. */
const withKey = () => ({ CALUTE_URL: calute().bundledUrl, CALUTE_API_KEY: 'sk-of-this-very-test' });

it('asks once: the answer goes to standard output, tools to standard error', async () => {
  const ended = await run(withKey(), 'chat', 'clock', 'call time {"zone":"UTC"}');
  expect(ended.exitCode).toBe(0);
  expect(ended.stdout).toMatch(/^[^\n]*\d\d:\d\d[^\n]*\n$/);
  expect(ended.stderr).toMatch(/^⚙ time …\n⚙ time done \(\d+ ms\)\n$/);
});

it('takes the message from standard input, with a system message and fields of the request', async () => {
  const child = start(
    {},
    'chat',
    'echo',
    '--url',
    calute().bundledUrl,
    '--key',
    'sk-of-this-very-test',
    '--system',
    'x',
    '--set',
    'max_tokens=2',
  );
  child.stdin?.end('one two three\n');
  expect(await ending(child)).toMatchObject({ exitCode: 0, stdout: 'one two\n' });
});

it('prints one value as JSON, with tools and who answered', async () => {
  const { stdout } = await run(withKey(), 'chat', 'desk', 'call transfer_to_clock {}', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-/),
    model: 'desk',
    agent: 'clock',
    finish_reason: 'stop',
    usage: { completion_tokens: expect.any(Number) },
  });
});

it('lists the agents, for people and as words of a completion', async () => {
  const listed = await run(withKey(), 'agents', 'list');
  expect(listed.stdout.split('\n')).toEqual(
    expect.arrayContaining(['clock', 'desk', 'echo', 'lorem', 'poet']),
  );
  const words = await run(withKey(), '__complete', '--', 'chat');
  expect(words.stdout.split('\n')).toEqual(expect.arrayContaining(['clock', '--system']));
});

it.each([
  [
    'an agent that is not there',
    1,
    /^calute: Unknown model "nobody"; known: .*slow.* \(model_not_found\)\n$/,
    ['chat', 'nobody', 'Hi'],
  ],
  [
    'a run that is not there',
    1,
    /^calute: No run chatcmpl-x is known.* \(run_not_found\)\n$/,
    ['runs', 'cancel', 'chatcmpl-x'],
  ],
  ['an option that is not there', 2, /^error: unknown option '--tempo'/, ['chat', 'slow', '--tempo']],
  ['a message that is empty', 2, /^calute: The message is empty\.\n$/, ['chat', 'slow', ' ']],
  [
    'an URL that is none',
    2,
    /^calute: "nowhere" is no URL of a server/,
    ['chat', 'slow', 'Hi', '--url', 'nowhere'],
  ],
])('%s ends with its exit code and a sentence', async (_, exitCode, stderr, args) => {
  const ended = await run({ CALUTE_URL: calute().url }, ...args);
  expect(ended).toEqual({ exitCode, stdout: '', stderr: expect.stringMatching(stderr) });
});

it('says what to do without a server, and without a key', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const alone = await run({ CALUTE_URL: nowhere }, 'chat', 'slow', 'Hi');
  expect(alone).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining(`Nothing listens at ${nowhere}`),
  });
  const keyless = await run({ CALUTE_URL: calute().bundledUrl }, 'chat', 'echo', 'Hi');
  expect(keyless).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('give one with --key or CALUTE_API_KEY'),
  });
});

it('Ctrl-C cancels the run on the server', async () => {
  const child = start({ CALUTE_URL: calute().url, FORCE_COLOR: '0' }, 'chat', 'slow', 'Hi');
  child.stdin?.end();
  await firstOutput(child);
  const ended = ending(child);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exitCode: 130, stderr: 'cancelled\n' });
});

it('an answer whose connection is cut is taken up where it was', async () => {
  await using api = await openCuttable();
  const whole = await run({ CALUTE_URL: calute().url }, 'chat', 'slow', 'Hi');
  const child = start({ CALUTE_URL: api.url }, 'chat', 'slow', 'Hi');
  child.stdin?.end();
  const ended = ending(child);
  await firstOutput(child);
  api.cut();
  const cut = await ended;
  expect(cut).toMatchObject({ exitCode: 0, stderr: '· the stream broke off; it is taken up again\n' });
  expect(cut.stdout.split(' ')).toHaveLength(whole.stdout.split(' ').length);
});

it('follows a run of somebody else from an event on', async () => {
  const base = `${calute().url}/v1/chat/completions`;
  const body = { model: 'slow', messages: [{ role: 'user', content: 'Hi' }], stream: true };
  const stream = await openSse(base, { body, headers: { 'x-on-disconnect': 'continue' } });
  const runId = stream.headers.get('x-calute-run-id') ?? '';
  const whole = await run({ CALUTE_URL: calute().url }, 'runs', 'follow', runId);
  expect(whole.stdout.trim().split(' ')).toHaveLength(60);
  const rest = await run({ CALUTE_URL: calute().url }, 'runs', 'follow', runId, '--after', '20', '--json');
  expect(whole.stdout.trim().endsWith(JSON.parse(rest.stdout).content)).toBe(true);
});

it('keys and dead letters are those of the Redis of the environment', async () => {
  const { REDIS_URL, CALUTE_PREFIX } = calute().installation.environment;
  const redis = { REDIS_URL, CALUTE_PREFIX: `${CALUTE_PREFIX}-keys` };
  const made = await run(redis, 'keys', 'create', '--name', 'laptop', '--rpm', '60', '--json');
  const key = JSON.parse(made.stdout);
  expect(key).toMatchObject({
    name: 'laptop',
    requestsPerMinute: 60,
    secret: expect.stringMatching(/^sk-calute-/),
  });
  const listed = await run(redis, 'keys', 'list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({ id: key.id, scopes: ['infer'] });
  expect(listed.stdout).not.toContain('secret');
  expect(await run(redis, 'keys', 'revoke', key.id)).toMatchObject({ exitCode: 0 });
  expect(await run(redis, 'dead-letters', 'list')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: 'There are no dead letters.\n',
  });
  const wrong = await run(redis, 'keys', 'create', '--name', 'x', '--rpm', 'many');
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toMatch(/^--rpm takes a whole number from 1\.\nusage: calute keys create /);
});

type Settings = Readonly<Record<string, string>>;

function start(settings: Settings, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...args], {
    env: { ...childEnvironment(), ...settings },
    cwd: bundled,
  });
}

async function run(settings: Settings, ...args: readonly string[]) {
  const child = start(settings, ...args);
  child.stdin?.end();
  return ending(child);
}

async function ending(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { exitCode: code ?? signal, stdout, stderr };
}

async function firstOutput(child: ChildProcess): Promise<void> {
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
}

/** A way to the API that can be cut. */
async function openCuttable() {
  const target = new URL(calute().url);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
