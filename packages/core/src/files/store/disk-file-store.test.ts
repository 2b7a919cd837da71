import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDiskFileStore } from './disk-file-store.ts';
import { describeFileStore } from './file-store.contract.ts';
import { createBlobName } from './file-store.ts';

describeFileStore(async () => {
  const store = createDiskFileStore(await makeFolder());
  await store.identify();
  return store;
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
