import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from './free-port.ts';
import { lockFolder } from './lock-folder.ts';

test('of many that try at once exactly one gets the lock', async () => {
  const dir = await temporaryFolder();
  const locks = await Promise.all(Array.from({ length: 10 }, () => lockFolder(dir)));
  const won = locks.filter((lock) => lock.outcome === 'locked');
  expect(won).toHaveLength(1);
  for (const lock of won) await lock.release();
  expect(await readdir(dir)).toEqual([]);
});

test('a released lock can be taken again', async () => {
  const dir = await temporaryFolder();
  await locked(dir);
  await locked(dir);
});

test('a lock whose holder is gone is taken, though another process has its id', async () => {
  const dir = await temporaryFolder();
  const gone = { pid: process.pid, port: await freePort(), token: 'x' };
  await writeFile(join(dir, 'start.lock'), JSON.stringify(gone));
  await locked(dir);
});

test('a lock file that was never finished is taken', async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'start.lock'), '');
  await locked(dir);
});

async function locked(dir: string): Promise<void> {
  const lock = await lockFolder(dir);
  expect(lock.outcome).toBe('locked');
  if (lock.outcome === 'locked') await lock.release();
}

async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
