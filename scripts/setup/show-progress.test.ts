import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
// @ts-expect-error: plain JavaScript for Node 20
import { showProgress } from './show-progress.mjs';

const paths = ['node_modules/one', 'node_modules/two'];

test.each([
  ['a terminal', true, ['\r\x1b[Kcalute: 1 of 2 packages, 1 s', '\r\x1b[K']],
  ['a file', false, []],
])('%s is told how many packages are in their places', async (_, isTTY, expected) => {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  const written: string[] = [];
  const end = showProgress(await createRoot(), paths, { isTTY, write: (text: string) => written.push(text) });
  vi.advanceTimersByTime(500);
  end();
  expect(written).toEqual(expected);
});

test('a file gets a line every ten seconds', async () => {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  const written: string[] = [];
  const end = showProgress(await createRoot(), paths, {
    isTTY: false,
    write: (text: string) => written.push(text),
  });
  vi.advanceTimersByTime(21_000);
  end();
  expect(written).toEqual(['calute: 1 of 2 packages, 10 s\n', 'calute: 1 of 2 packages, 20 s\n']);
});

test('what was there before does not count', async () => {
  const root = await createRoot();
  vi.useFakeTimers({ now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  const written: string[] = [];
  const end = showProgress(root, paths, { isTTY: true, write: (text: string) => written.push(text) });
  vi.advanceTimersByTime(500);
  end();
  expect(written[0]).toContain('0 of 2 packages');
});

async function createRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'calute-progress-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'node_modules/one'), { recursive: true });
  await writeFile(join(root, 'node_modules/one/package.json'), '{}');
  return root;
}
