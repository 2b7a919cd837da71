import { expect, it } from 'vitest';
import { share } from '../support/start-calute.ts';
import type { StartedRole } from '../support/start-role.ts';
import { findBarriers } from './support/find-barriers.ts';
import { giveUpRuns } from './support/give-up-runs.ts';
import { shareBrowser } from './support/open-browser.ts';
import { journalRuns, startConsole } from './support/start-console.ts';
import { takePicture } from './support/take-picture.ts';

const browser = shareBrowser();
const calute = share(() => startConsole());

/** The worker that says in its log that it is this one. */
function roleOf(workers: readonly StartedRole[], id: string): StartedRole {
  const found = workers.find((worker) => worker.log().includes(id));
  if (!found) throw new Error(`No worker has the id ${id}.`);
  return found;
}

it('tells what waits, whose it is and in which place, while no worker runs', async () => {
  const { url, ask, startAgents } = calute();
  // Its agents are known for a day.
  await (await startAgents()).stop();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) ids.push(await ask('echo', `run ${index}`));
  const page = await browser().open(`${url}/backlog`);
  const flows = page.getByRole('table', { name: 'Flows of live' });
  // Two are offered without a worker.
  await expect.poll(() => flows.innerText()).toMatch(/local\s+3\s+chatcmpl/);
  await takePicture(page, 'backlog');
  expect(await findBarriers(page)).toEqual([]);
  await page.goto(`${url}/runs/${ids[4]}`);
  await expect.poll(() => page.locator('main').innerText()).toContain('It waits in place 3');
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('button', { name: 'Really cancel run?' }).click();
  await expect.poll(() => page.locator('.bar').innerText()).toContain('cancelled: client');
  await page.goto(`${url}/backlog`);
  await expect.poll(() => flows.innerText()).toMatch(/local\s+2\s+chatcmpl/);
  await page.goto(url);
  await expect.poll(() => page.locator('main').innerText()).toContain('No worker is running');
});

it('shows dead letters, retries one and removes another', async () => {
  const { url, environment } = calute();
  // Takes what the test before has left waiting.
  await giveUpRuns(environment, 4);
  const page = await browser().open(`${url}/dead-letters`);
  const letters = page.locator('.cards > li');
  await expect.poll(() => letters.count()).toBe(4);
  await letters.first().getByText('Request').click();
  await expect.poll(() => letters.first().innerText()).toMatch(/"content": "run \d"/);
  await takePicture(page, 'dead-letters');
  expect(await findBarriers(page)).toEqual([]);
  await letters.first().getByRole('button', { name: 'Retry' }).click();
  await expect.poll(() => page.getByRole('status').innerText()).toMatch(/^Sent again as chatcmpl-/);
  await expect.poll(() => letters.count()).toBe(3);
  await letters.first().getByRole('button', { name: 'Remove' }).click();
  await letters.first().getByRole('button', { name: 'Really remove?' }).click();
  await expect.poll(() => page.getByRole('status').innerText()).toMatch(/^Removed chatcmpl-/);
  await expect.poll(() => letters.count()).toBe(2);
  await page.reload();
  await expect.poll(() => letters.count()).toBe(2);
});

it('follows a run from a worker that dies to the next one', { timeout: 120_000 }, async () => {
  const { url, api, startAgents } = calute();
  const workers = [await startAgents(), await startAgents()];
  const answer = fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'story', messages: [{ role: 'user', content: 'tell' }] }),
  });
  const runs = await browser().open(`${url}/runs?agent=story`);
  const row = runs.getByRole('table', { name: 'Runs' }).getByRole('row').nth(1);
  await expect.poll(() => row.innerText()).toContain('running');
  await row.getByRole('link').click();
  const attempts = runs.getByRole('table', { name: 'Attempts' });
  await expect.poll(() => attempts.innerText()).toContain('attempt 1');
  const first = await attempts
    .getByRole('row', { name: /^attempt 1/ })
    .locator('code')
    .innerText();
  const page = await browser().open(`${url}/workers`);
  const rowOf = page.getByRole('row', { name: new RegExp(first) });
  await expect.poll(() => rowOf.innerText()).toMatch(/live[\s\S]*1 of 256/);
  await roleOf(workers, first).stop('SIGKILL');
  await expect.poll(() => rowOf.innerText(), { timeout: 30_000 }).toContain('lost');
  await takePicture(page, 'worker-lost');
  await expect.poll(() => attempts.innerText(), { timeout: 30_000 }).toContain('attempt 2');
  const second = await attempts
    .getByRole('row', { name: /^attempt 2/ })
    .locator('code')
    .innerText();
  expect(second).not.toBe(first);
  await expect.poll(() => runs.locator('.bar').innerText(), { timeout: 30_000 }).toContain('completed: stop');
  await takePicture(runs, 'take-over');
  expect((await answer).status).toBe(200);
});

it('shows a hostile prompt as text, wherever it shows it', async () => {
  const { url, ask, startAgents } = calute();
  await startAgents();
  const hostile = `</pre><img src=x onerror="window.broken=1"><script>window.broken=1</script>{{7*7}}`;
  const run = await ask('echo', hostile);
  const page = await browser().open(`${url}/runs/${run}`);
  await expect.poll(() => page.locator('.answer pre').innerText()).toBe(hostile);
  expect(await page.locator('.message pre').first().innerText()).toBe(hostile);
  await page.goto(`${url}/playground`);
  await page.getByLabel('Agent').selectOption('echo');
  await page.getByLabel('Message').fill(hostile);
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect.poll(() => page.locator('pre.answer').innerText()).toBe(hostile);
  await page.goto(`${url}/runs?agent=${encodeURIComponent(hostile)}&id=${encodeURIComponent('<b>x</b>')}`);
  await page.locator('.empty').waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(await page.evaluate('window.broken')).toBe(undefined);
});

it('says what is wrong with a filter, and what it cannot show', async () => {
  const { url } = calute();
  const page = await browser().open(`${url}/runs?id=${'x'.repeat(100)}`);
  await expect.poll(() => page.getByRole('alert').innerText()).toContain("Invalid 'id'");
  await page.goto(`${url}/runs/chatcmpl-6b0bd873hhN9lWJQhIn-PLyXes09lVn1`);
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('it may have expired');
});

it('runs no script that is not its own', async () => {
  const page = await browser().open(calute().url, { breaksPolicy: true });
  const refused = await page.evaluate(`new Promise((resolve) => {
    addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    try { document.body.innerHTML = '<b>markup</b>'; } catch {}
  })`);
  expect(refused).toBe('require-trusted-types-for');
  expect(await page.evaluate(`fetch('https://example.com').then(() => 'sent', () => 'refused')`)).toBe(
    'refused',
  );
});

it('lists ten thousand runs by pages, and finds one among them', async () => {
  await using full = await startConsole();
  await journalRuns(full, 10_000);
  const page = await browser().open(`${full.url}/runs`);
  const pager = page.locator('.pager');
  await expect.poll(() => pager.innerText()).toContain('1 to 50 of 10,000 runs');
  expect(await page.getByRole('table', { name: 'Runs' }).getByRole('row').count()).toBe(51);
  await page.getByRole('button', { name: 'Older' }).click();
  await expect.poll(() => pager.innerText()).toContain('51 to 100 of 10,000 runs');
  // New runs do not move the page under who reads it.
  const top = await page.getByRole('row').nth(1).innerText();
  await journalRuns(full, 30);
  await expect.poll(() => pager.innerText()).toContain('81 to 130 of 10,000 runs');
  expect(await page.getByRole('row').nth(1).innerText()).toBe(top);
  await page.getByLabel('End').selectOption('upstream_error');
  await expect.poll(() => pager.innerText()).toMatch(/1 to 50 of 4\d\d runs/);
  await page.getByLabel('Tenant').selectOption('acme');
  await expect.poll(() => pager.innerText()).toMatch(/1 to 50 of 1\d\d runs/);
  expect(await findBarriers(page)).toEqual([]);
});
