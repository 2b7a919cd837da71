import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDiskFileStore } from './disk-file-store.ts';
import { describeFileStore } from './file-store.contract.ts';
import { createBlobName } from './file-store.ts';

describeFileStore(async () => {
  const store = createDiskFileStore(await makeFolder());
  await store.identify();
  return store;
});

test('a write beyond what the system allows says that there is no room, and leaves nothing', async () => {
  const folder = await makeFolder();
  const main = fileURLToPath(new URL('../testing/write-file-main.ts', import.meta.url));
  // The signal that comes with the limit would end the process.
  const script = `trap '' XFSZ; ulimit -f 100; exec "$0" "$1" "$2"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, main, folder]);
  expect(JSON.parse(stdout)).toEqual({ code: 'storage_full', status: 507 });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

describe('a folder', () => {
  test('holds nothing of a write that failed', async () => {
    const folder = await makeFolder();
    const store = createDiskFileStore(folder);
    await store.identify();
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('some');
        throw new Error('cut');
      })(),
    );
    await expect(store.write(createBlobName(), source, new AbortController().signal)).rejects.toThrow('cut');
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(['incoming', 'store-id']);
  });

  test('loses what a killed process left of a write when the blob is removed', async () => {
    const folder = await makeFolder();
    const store = createDiskFileStore(folder);
    await store.identify();
    const name = createBlobName();
    await writeFile(join(folder, 'incoming', name), 'half');
    await store.remove([name]);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  test('gets one name, though several processes come upon it at once', async () => {
    const folder = await makeFolder();
    const names = await Promise.all(Array.from({ length: 10 }, () => createDiskFileStore(folder).identify()));
    expect(new Set(names).size).toBe(1);
    expect((await readdir(folder)).toSorted()).toEqual(['incoming', 'store-id']);
    expect(await createDiskFileStore(await makeFolder()).identify()).not.toBe(names[0]);
  });

  test('that cannot be one is refused', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'file'), '');
    await chmod(join(folder, 'file'), 0o600);
    const store = createDiskFileStore(join(folder, 'file', 'below'));
    await expect(store.identify()).rejects.toMatchObject({ code: 'file_store_unavailable' });
  });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
