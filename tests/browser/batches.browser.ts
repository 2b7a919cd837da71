import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { batchLine, chat, createBatchClient } from '../support/batch-client.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions } from '../support/start-batches.ts';
import { passOn, share } from '../support/start-calute.ts';
import { findBarriers } from './support/find-barriers.ts';
import { shareBrowser } from './support/open-browser.ts';
import { startConsole } from './support/start-console.ts';
import { takePicture } from './support/take-picture.ts';

const browser = shareBrowser();
const calute = share(async () => {
  const started = await startConsole({}, passOn('up', 'broken', 'gated'));
  await started.upstream.script('up', textAnswer(['Hello']));
  await started.upstream.script(
    'broken',
    failure(400, { error: { message: 'No.', type: 'invalid_request_error' } }),
  );
  await started.upstream.script('gated', [{ type: 'gate', name: 'open' }, ...textAnswer(['late'])]);
  await started.startWorker();
  return started;
});

/** Lines that are answered, that fail, and that wait at the gate. */
function mixed(): string[] {
  const lines = { up: 4, broken: 2, gated: 2 };
  return Object.entries(lines).flatMap(([model, count]) =>
    Array.from({ length: count }, (_, index) => batchLine(`${model}-${index}`, chat(model, 'hello'))),
  );
}

const submit = (lines: readonly string[]) => createBatchClient(calute().api.url, 'none').submit(lines);

async function openBatches(): Promise<{ page: Page; row: (id: string) => ReturnType<Page['locator']> }> {
  const page = await browser().open(`${calute().url}/batches`);
  const table = page.getByRole('table', { name: 'Batches' });
  return { page, row: (id) => table.getByRole('row').filter({ hasText: id }) };
}

/** What the browser saves when a file of a row is asked for: its name and its lines by their ids. */
async function download(page: Page, row: ReturnType<Page['locator']>, file: string) {
  const saving = page.waitForEvent('download');
  await row.getByRole('link', { name: file }).click();
  const saved = await saving;
  const text = await readFile(await saved.path(), 'utf8');
  const ids = text
    .trim()
    .split('\n')
    .map((line) => String(JSON.parse(line).custom_id));
  return { name: saved.suggestedFilename(), ids: ids.sort() };
}

it('follows a batch to its end, gives its files, and sends what failed again', async () => {
  const { upstream } = calute();
  const { page, row } = await openBatches();
  await expect.poll(() => page.locator('.empty').innerText()).toContain('No batch yet');
  const { id } = await submit(mixed());
  await expect.poll(() => row(id).innerText()).toMatch(/in_progress[\s\S]*6 of 8, 2 failed\s+[\d.]+ (ms|s)/);
  await upstream.release('open');
  await expect.poll(() => row(id).innerText()).toMatch(/completed[\s\S]*8 of 8, 2 failed\s+–/);
  expect(await download(page, row(id), 'output')).toEqual({
    name: `${id}_output.jsonl`,
    ids: ['gated-0', 'gated-1', 'up-0', 'up-1', 'up-2', 'up-3'],
  });
  expect(await download(page, row(id), 'errors')).toMatchObject({ ids: ['broken-0', 'broken-1'] });
  await upstream.script('broken', textAnswer(['Better']));
  await row(id).getByRole('button', { name: 'Retry failed' }).click();
  const told = page.getByRole('status');
  await expect.poll(() => told.innerText()).toMatch(/^Sent the failed lines again as batch_/);
  const again = (await told.innerText()).match(/batch_\w+/)?.[0] ?? '';
  await expect.poll(() => row(again).innerText()).toMatch(/completed[\s\S]*2 of 2\s+–/);
  expect(await download(page, row(again), 'output')).toMatchObject({ ids: ['broken-0', 'broken-1'] });
  expect(await row(again).getByRole('button', { name: 'Retry failed' }).isDisabled()).toBe(true);
});

it('cancels a batch when asked twice, and says why one failed', async () => {
  const { upstream } = calute();
  await upstream.script('gated', [{ type: 'gate', name: 'never' }]);
  const { page, row } = await openBatches();
  const { id } = await submit(questions(3, 'gated'));
  await upstream.waitForRequests('gated', 3);
  await row(id).getByRole('button', { name: 'Cancel batch' }).click();
  await row(id).getByRole('button', { name: 'Really cancel batch?' }).click();
  await expect.poll(() => row(id).innerText()).toMatch(/cancelled[\s\S]*3 of 3, 3 failed/);
  expect(await download(page, row(id), 'errors')).toMatchObject({ ids: ['line-0', 'line-1', 'line-2'] });
  const bad = await submit(['{"custom_id":"a"}', 'no json']);
  await expect.poll(() => row(bad.id).innerText()).toMatch(/2 faults[\s\S]*failed/);
  await row(bad.id).getByText('2 faults').click();
  await expect.poll(() => row(bad.id).innerText()).toContain('Line 2: ');
  await takePicture(page, 'batches');
  expect(await findBarriers(page)).toEqual([]);
});

it('pages through many batches', { timeout: 120_000 }, async () => {
  const ids: string[] = [];
  for (let index = 0; index < 51; index += 1) ids.push((await submit(['no json'])).id);
  const { page, row } = await openBatches();
  await expect.poll(() => row(ids.at(-1) ?? '').count()).toBe(1);
  expect(await row(ids[0] ?? '').count()).toBe(0);
  await page.getByRole('button', { name: 'Older' }).click();
  await expect.poll(() => row(ids[0] ?? '').count()).toBe(1);
  await page.getByRole('button', { name: 'Newer' }).click();
  await expect.poll(() => row(ids[0] ?? '').count()).toBe(0);
});
