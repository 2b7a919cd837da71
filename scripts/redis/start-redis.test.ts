import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectTestRedis } from '../../tests/support/test-redis.ts';
import { rememberRedis } from './adopt-redis.ts';
import { awaitPong } from './await-pong.ts';
import { requireRedisProgram } from './find-redis.ts';
import { freePort } from './free-port.ts';
import { programCommand } from './redis-command.ts';
import { spawnRedis } from './spawn-redis.ts';
import { startRedis } from './start-redis.ts';

let source: { kind: 'program'; path: string };
beforeAll(async () => {
  source = {
    kind: 'program',
    path: await requireRedisProgram({ env: process.env, report: () => undefined }),
  };
});

test('it serves on loopback with the settings that keep runs, and leaves only its data', async () => {
  const dir = await temporaryFolder();
  const server = await startRedis({ dir, source, report });
  const redis = connectTestRedis(server.url);
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  expect(await redis.config('GET', 'save')).toEqual(['save', '']);
  await server.stop();
  await server.stop();
  expect(await readdir(dir)).toEqual(['redis', 'redis-port']);
  expect(await readdir(join(dir, 'redis'))).toEqual(['appendonlydir', 'redis.log']);
});

test('what was written is there after the next start', async () => {
  const dir = await temporaryFolder();
  {
    await using server = await startRedis({ dir, source, report });
    await connectTestRedis(server.url).set('key', 'kept');
  }
  await using server = await startRedis({ dir, source, report });
  expect(await connectTestRedis(server.url).get('key')).toBe('kept');
});

test('it comes back on the port that it had, unless that is taken', async () => {
  const dir = await temporaryFolder();
  const ports: string[] = [];
  for (let start = 0; start < 2; start += 1) {
    await using server = await startRedis({ dir, source, report });
    ports.push(new URL(server.url).port);
  }
  expect(ports[1]).toBe(ports[0]);
  const taken = createServer();
  await once(taken.listen(Number(ports[0]), '127.0.0.1'), 'listening');
  onTestFinished(() => void taken.close());
  await using server = await startRedis({ dir, source, report });
  expect(new URL(server.url).port).not.toBe(ports[0]);
});

test('a second start in the same folder is refused with the id of the first', async () => {
  const dir = await temporaryFolder();
  await using _server = await startRedis({ dir, source, report });
  await expect(startRedis({ dir, source, report })).rejects.toThrow(`Another start (process ${process.pid})`);
});

test('the server that a killed start has left is taken over and ended with the new start', async () => {
  const dir = await temporaryFolder();
  const port = await freePort();
  const dataDir = join(dir, 'redis');
  await mkdir(dataDir);
  const command = programCommand(source.path, { dir: dataDir, port });
  const left = await spawnRedis({ command, port, logDir: dataDir });
  await rememberRedis(dir, left);
  const server = await startRedis({ dir, source, report });
  expect(server.url).toBe(left.url);
  await server.stop();
  await left.ended;
});

test('a server that hangs is not doubled on the same data', async () => {
  const dir = await temporaryFolder();
  const port = await freePort();
  const dataDir = join(dir, 'redis');
  await mkdir(dataDir);
  const command = programCommand(source.path, { dir: dataDir, port });
  const left = await spawnRedis({ command, port, logDir: dataDir });
  onTestFinished(() => left.stop());
  await rememberRedis(dir, left);
  process.kill(left.pid, 'SIGSTOP');
  onTestFinished(() => void process.kill(left.pid, 'SIGCONT'));
  await expect(startRedis({ dir, source, report })).rejects.toThrow(/does not answer/);
});

test('a server that dies comes back on the same port with its data', async () => {
  const dir = await temporaryFolder();
  await using server = await startRedis({ dir, source, report });
  const redis = connectTestRedis(server.url);
  await redis.set('key', 'kept');
  const { pid } = JSON.parse(await readFile(join(dir, 'redis.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  expect(await redis.get('key')).toBe('kept');
});

test('a server that ends at once shows why', async () => {
  const dir = await temporaryFolder();
  const port = await freePort();
  const command = { file: source.path, args: ['--no-such-setting', 'yes'], startMs: 10_000 };
  await expect(spawnRedis({ command, port, logDir: dir })).rejects.toThrow(/no-such-setting/);
  const missing = { ...command, file: join(dir, 'nothing') };
  await expect(spawnRedis({ command: missing, port, logDir: dir })).rejects.toThrow(/it wrote no log/);
});

test('waiting for an answer ends when its signal aborts', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`;
  await expect(awaitPong(url, AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
});

function report(): void {}

async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
