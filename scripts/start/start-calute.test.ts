import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultDownTimes } from '@calute/core/scaling/decide-workers';
import { expect, inject, onTestFinished, test } from 'vitest';
import { randomPrefix } from '../../tests/support/test-redis.ts';
import { freePort } from '../redis/free-port.ts';
import { startCalute } from './start-calute.ts';

test('it says where Redis and the API are, and how to ask, once both roles are up', async () => {
  const calute = await start({ api: 'steady', worker: 'steady' });
  await calute.printed(4);
  expect(calute.lines).toEqual([
    expect.stringMatching(/^redis redis:\/\/127\.0\.0\.1:\d+$/),
    'ready http://127.0.0.1:1',
    'look: http://127.0.0.1:1/console',
    expect.stringMatching(/^try: curl http:\/\/127\.0\.0\.1:1\/v1\/chat\/completions .*"model":"echo"/),
  ]);
  calute.stop();
  expect(await calute.exitCode).toBe(0);
});

test('after a stop no process is left, and of Redis only its data', async () => {
  const calute = await start({ api: 'steady', worker: 'steady', env: { REDIS_URL: '' } });
  await calute.printed(3);
  const processes = [await calute.nextProcess(), await calute.nextProcess()];
  calute.stop();
  expect(await calute.exitCode).toBe(0);
  await Promise.all(processes.map(ended));
  expect(await readdir(calute.stateDir)).toEqual(['redis', 'redis-port']);
});

test('a role that says why it cannot start ends everything, without a second message', async () => {
  const calute = await start({ api: 'failing', worker: 'steady' });
  expect(await calute.exitCode).toBe(1);
  expect(calute.reports).toEqual([]);
  expect(calute.lines).toHaveLength(1);
});

test('a role that ends before it is ready ends everything', async () => {
  const calute = await start({ api: 'steady', worker: 'dying' });
  expect(await calute.exitCode).toBe(1);
  expect(calute.reports).toEqual([expect.stringContaining('exit code 3')]);
});

test('a role that crashes is started again', async () => {
  const calute = await start({ api: 'steady', worker: 'steady' });
  const processes = [await calute.nextProcess(), await calute.nextProcess()];
  await calute.printed(3);
  for (const socket of processes) {
    socket.write('crash');
    await calute.nextProcess();
  }
  expect(calute.reports.toSorted()).toEqual([
    'calute: the api ended (exit code 3); it is started again',
    'calute: the worker ended (exit code 3); it is started again',
  ]);
  calute.stop();
  expect(await calute.exitCode).toBe(0);
});

test('a stop while the roles come up ends them', async () => {
  const calute = await start({ api: 'steady', worker: 'silent' });
  const processes = [await calute.nextProcess(), await calute.nextProcess()];
  calute.stop();
  expect(await calute.exitCode).toBe(0);
  await Promise.all(processes.map(ended));
});

test('a second stop ends a role that does not finish its drain', async () => {
  const calute = await start({ api: 'steady', worker: 'hanging' });
  await calute.printed(3);
  calute.stop();
  calute.force();
  expect(await calute.exitCode).toBe(0);
});

test('a Redis that cannot be reached is told before anything starts', async () => {
  const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
  const calute = await start({ api: 'steady', worker: 'steady', env });
  await expect(calute.exitCode).rejects.toThrow(/nothing listens there/);
  expect(calute.lines).toEqual([]);
});

test('the password of a Redis URL is not printed', async () => {
  const { host } = new URL(inject('redisUrl'));
  const env = { REDIS_URL: `redis://default:canary@${host}/0` };
  const calute = await start({ api: 'steady', worker: 'steady', env });
  await calute.printed(3);
  expect(calute.lines[0]).toBe(`redis redis://${host}`);
});

interface StartWith {
  readonly api: string;
  readonly worker: string;
  readonly env?: NodeJS.ProcessEnv;
}

async function start({ api, worker, env }: StartWith) {
  const processes: Socket[] = [];
  const server = createServer((socket) => processes.push(socket.on('error', () => undefined).resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const stateDir = await mkdtemp(join(tmpdir(), 'calute-'));
  const [stop, force] = [new AbortController(), new AbortController()];
  const lines: string[] = [];
  const reports: string[] = [];
  const printed = new EventTarget();
  let handed = 0;
  const exitCode = startCalute({
    settings: {
      minWorkers: 1,
      maxWorkers: 1,
      concurrency: 1,
      down: defaultDownTimes,
      partitions: 1,
      prefix: randomPrefix(),
      adminPort: 0,
    },
    env: { ...process.env, REDIS_URL: inject('redisUrl'), TEST_PORT: String(port), ...env },
    apiFile: fixture(api),
    workerFile: fixture(worker),
    stateDir,
    signals: { stop: stop.signal, force: force.signal },
    print: (line) => {
      lines.push(line);
      printed.dispatchEvent(new Event('line'));
    },
    report: (line) => void reports.push(line),
  });
  onTestFinished(async () => {
    stop.abort();
    force.abort();
    await exitCode.catch(() => undefined);
    server.close();
    await rm(stateDir, { recursive: true, force: true });
  });
  return {
    lines,
    reports,
    stateDir,
    exitCode,
    stop: () => stop.abort(),
    force: () => force.abort(),
    async printed(count: number) {
      while (lines.length < count) await once(printed, 'line');
    },
    /** The connection of the next process that a role has started, in the order of their start. */
    async nextProcess(): Promise<Socket> {
      handed += 1;
      while (processes.length < handed) await once(server, 'connection');
      const socket = processes[handed - 1];
      if (socket === undefined) throw new Error('No process has called.');
      return socket;
    },
  };
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}-role.ts`, import.meta.url));
}

async function ended(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}
