import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findRedis, findRedisProgram, missingMessage } from './find-redis.ts';

test('REDIS_URL comes before everything else', async () => {
  const env = { REDIS_URL: 'redis://elsewhere:6379', PATH: process.env['PATH'] };
  expect(await findRedis({ env, report })).toEqual({ kind: 'url', url: 'redis://elsewhere:6379' });
});

test('a program on PATH is found in the order of the folders, redis before valkey', async () => {
  const [first, second] = [await temporaryFolder(), await temporaryFolder()];
  await addProgram(join(first, 'valkey-server'));
  const env = { PATH: [first, second].join(delimiter) };
  expect(await findRedisProgram(env)).toBe(join(first, 'valkey-server'));
  await addProgram(join(second, 'redis-server'));
  expect(await findRedis({ env, report })).toEqual({ kind: 'program', path: join(second, 'redis-server') });
});

test('a file that cannot be run is no program', async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'redis-server'), '');
  expect(await findRedisProgram({ PATH: dir })).toBeUndefined();
});

test.each([
  ['darwin', 'brew install redis'],
  ['win32', 'WSL'],
  ['linux', 'package redis-server'],
] as const)('on %s the advice names %s and REDIS_URL', (platform, advice) => {
  expect(missingMessage(platform)).toContain(advice);
  expect(missingMessage(platform, 'no network')).toMatch(/\(no network\).*REDIS_URL/);
});

function report(): void {}

async function addProgram(path: string): Promise<void> {
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
}

async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
