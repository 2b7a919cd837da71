import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchFolder } from './watch-folder.ts';

test.each([
  ['a file is written', (at: string) => writeFile(join(at, 'a.ts'), 'changed')],
  ['a file is added', (at: string) => writeFile(join(at, 'new.mjs'), '')],
  ['a file is deleted', (at: string) => rm(join(at, 'a.ts'))],
  ['a file below is written', (at: string) => writeFile(join(at, 'lib/deep/b.json'), '{}')],
  [
    'an editor writes beside and renames',
    async (at: string) => {
      await writeFile(join(at, '.a.ts.swp'), 'changed');
      await rename(join(at, '.a.ts.swp'), join(at, 'a.ts'));
    },
  ],
  [
    'a new folder gets a file',
    async (at: string) => {
      await mkdir(join(at, 'fresh'));
      await writeFile(join(at, 'fresh/c.md'), '');
    },
  ],
])('when %s, a change is told once it is over', async (_, change) => {
  const { folder, changes } = await open();
  await change(folder);
  await expect.poll(changes, { timeout: 5000 }).toBe(1);
});

test('a file that was replaced by a rename is still watched', async () => {
  const { folder, changes } = await open();
  for (let round = 1; round <= 3; round++) {
    await writeFile(join(folder, 'a.ts~'), String(round));
    await rename(join(folder, 'a.ts~'), join(folder, 'a.ts'));
    await expect.poll(changes, { timeout: 5000 }).toBe(round);
  }
});

test('data, hidden files and packages are no change', async () => {
  const { folder, changes } = await open();
  for (const name of ['data.sqlite', '.hidden.ts', 'node_modules/p/index.js', '.git/a.ts'])
    await writeFile(join(folder, name), 'changed');
  await writeFile(join(folder, 'a.ts'), 'changed');
  await expect.poll(changes, { timeout: 5000 }).toBe(1);
});

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'calute-watch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const inner of ['lib/deep', 'node_modules/p', '.git'])
    await mkdir(join(folder, inner), { recursive: true });
  await writeFile(join(folder, 'a.ts'), '');
  let told = 0;
  const watched = await watchFolder({
    folder,
    onChange: () => {
      told += 1;
    },
    onError: (error) => expect.unreachable(String(error)),
  });
  onTestFinished(() => watched.close());
  return { folder, changes: () => told };
}
