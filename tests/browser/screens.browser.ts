import { expect, it } from 'vitest';
import { share } from '../support/start-calute.ts';
import { findBarriers } from './support/find-barriers.ts';
import { shareBrowser } from './support/open-browser.ts';
import { journalPast, journalRuns, startConsole } from './support/start-console.ts';
import { takePicture } from './support/take-picture.ts';

const browser = shareBrowser();
const calute = share(async () => {
  const started = await startConsole();
  await journalPast(started);
  await started.startAgents();
  await journalRuns(started, 30);
  return started;
});

it('shows runs on the overview as they come, and holds still while it is paused', async () => {
  const page = await browser().open(calute().url);
  const ends = page.getByRole('table', { name: 'Ends by reason' });
  await expect.poll(() => ends.innerText()).toContain('upstream_error');
  const completed = ends.getByRole('row', { name: /^completed/ });
  const before = await completed.innerText();
  await page.getByRole('button', { name: 'Pause' }).click();
  await calute().ask('echo', 'one more');
  await page.waitForTimeout(2500); // because nothing must change meanwhile
  expect(await completed.innerText()).toBe(before);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => completed.innerText()).not.toBe(before);
  await page.getByText('Values of runs per second').click();
  await expect
    .poll(() => page.getByRole('table', { name: 'Runs per second' }).getByRole('row').count())
    .toBe(61);
  await page.getByText('Values of runs per second').click();
  await page.evaluate('scrollTo(0, 0)');
  await takePicture(page, 'overview');
});

it('finds runs by agent, end and id, and shows new ones by itself', async () => {
  const page = await browser().open(`${calute().url}/runs`);
  const table = page.getByRole('table', { name: 'Runs' });
  const first = await calute().ask('echo', 'first');
  await expect.poll(() => table.getByTitle(first).count()).toBe(1);
  const clock = await calute().ask('clock', 'call time {}');
  await expect.poll(() => table.getByTitle(clock).count()).toBe(1);
  await takePicture(page, 'runs');
  await page.getByLabel('Agent').selectOption('clock');
  await expect.poll(() => table.getByTitle(first).count()).toBe(0);
  await expect.poll(() => table.getByTitle(clock).count()).toBe(1);
  await page.getByLabel('End').selectOption('failed');
  await expect.poll(() => page.locator('.empty').innerText()).toContain('None of the last');
  await page.goto(`${calute().url}/runs`);
  await page.getByLabel('Id').fill(first.slice(-12));
  await page.keyboard.press('Enter');
  await expect.poll(() => table.getByRole('row').count()).toBe(2);
  await table.getByTitle(first).click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe(`Run ${first}`);
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
});

it('tells what an agent did, with its tools and handoffs', async () => {
  const clock = await calute().ask('clock', 'call time {"zone":"Asia/Tokyo"}');
  const page = await browser().open(`${calute().url}/runs/${clock}`);
  const events = page.locator('.events');
  await expect.poll(() => events.innerText()).toMatch(/time\s+done[\s\S]*completed/);
  await page.getByText('Arguments and result').click();
  await expect.poll(() => events.innerText()).toContain('Asia/Tokyo');
  await expect.poll(() => page.locator('.answer').innerText()).toContain('noon in Asia/Tokyo');
  const facts = page.locator('.facts');
  await expect.poll(() => facts.innerText()).toMatch(/Took\s+\d+/);
  await takePicture(page, 'run');
  const desk = await calute().ask('desk', 'call transfer_to_clock {}');
  await page.goto(`${calute().url}/runs/${desk}`);
  await expect.poll(() => events.innerText()).toContain('hands over to clock');
});

it('tells what the members of a team did, and what it cost', async () => {
  const run = await calute().ask('newsroom', 'What is new?');
  const page = await browser().open(`${calute().url}/runs/${run}`);
  const events = page.locator('.events');
  await expect
    .poll(() => events.innerText())
    .toMatch(/clock works on task:time:\s+done in \d[\s\S]*desk works on task:text:\s+gives the answer/);
  await events.getByText('Result').first().click();
  await expect.poll(() => events.innerText()).toContain('Europe/Oslo');
  await expect.poll(() => page.locator('.facts').innerText()).toMatch(/Cost\s+\$0\.\d+/);
});

it('shows an answer while it is given, and cancels it only when asked twice', async () => {
  const run = await calute().ask('story', 'tell');
  const page = await browser().open(`${calute().url}/runs/${run}`);
  const answer = page.locator('.answer pre');
  const length = async () => (await answer.innerText()).length;
  await expect.poll(length).toBeGreaterThan(20);
  const before = await length();
  await expect.poll(length).toBeGreaterThan(before);
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('button', { name: 'Really cancel run?' }).click();
  await expect.poll(() => page.getByRole('status').innerText()).toContain('Cancelled');
  await expect.poll(() => page.locator('.bar').innerText()).toContain('cancelled: client');
  await page.getByRole('button', { name: 'Run again' }).click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).not.toContain(run);
  await expect.poll(length).toBeGreaterThan(20);
});

it('shows workers and what was used', async () => {
  const page = await browser().open(`${calute().url}/workers`);
  const workers = page.getByRole('table', { name: 'Workers' });
  await expect
    .poll(() => workers.innerText())
    .toMatch(/live[\s\S]*of 256[\s\S]*clock, desk, echo, newsroom, story/);
  await takePicture(page, 'workers');
  await page.getByRole('link', { name: 'Keys and usage' }).click();
  const usage = page.getByRole('table', { name: 'Usage' });
  await expect.poll(() => usage.innerText()).toContain('acme');
  await expect.poll(() => usage.getByRole('row', { name: /clock/ }).innerText()).toMatch(/\$0\.\d+$/);
  await takePicture(page, 'usage');
  await page.getByLabel(/^By/).selectOption('key');
  await expect.poll(() => usage.getByRole('row').count()).toBe(3);
});

it('asks an agent in the playground, and takes the answer up again after a reload', async () => {
  const page = await browser().open(`${calute().url}/playground`);
  await page.getByLabel('Agent').selectOption('story');
  await page.getByLabel('Message').fill('tell me');
  await page.getByRole('button', { name: 'Ask' }).click();
  const answer = page.locator('pre.answer');
  await expect.poll(async () => (await answer.innerText()).length).toBeGreaterThan(40);
  const begun = await answer.innerText();
  await page.reload();
  await expect
    .poll(() => page.getByRole('status').allInnerTexts(), { timeout: 20_000 })
    .toContain('Done: 2 + 200 tokens.');
  expect(await answer.innerText()).toContain(begun);
  expect(await page.getByLabel('Message').inputValue()).toBe('tell me');
  await takePicture(page, 'playground');
  await page.getByLabel('Agent').selectOption('clock');
  await page.getByLabel('Message').fill('call time {}');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect.poll(() => page.locator('.notes').innerText()).toContain('time is done');
});

it('says in the playground what is wrong with tools, and what a server refuses', async () => {
  const page = await browser().open(`${calute().url}/playground`);
  await page.getByText('Tools', { exact: true }).click();
  await page.getByLabel('A JSON array').fill('{');
  await page.getByLabel('Message').fill('x');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('Tools are no JSON');
  await page.getByLabel('A JSON array').fill('[{}]');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain("'tools.0");
});

const paths = ['', 'runs', 'backlog', 'batches', 'workers', 'usage', 'dead-letters', 'playground', 'nowhere'];
it.each(paths.flatMap((path) => [[path, false] as const, [path, true] as const]))(
  'keeps nobody out: /%s, dark %s',
  async (path, dark) => {
    const page = await browser().open(`${calute().url}/${path}`, { dark });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(() => page.getByText('Loading…').count()).toBe(0);
    expect(await findBarriers(page)).toEqual([]);
    await page.setViewportSize({ width: 400, height: 800 });
    // Wide things scroll in themselves.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
  },
);

it.each([false, true])('keeps nobody out of a run, dark %s', async (dark) => {
  const run = await calute().ask('clock', 'call time {}');
  const page = await browser().open(`${calute().url}/runs/${run}`, { dark });
  await expect.poll(() => page.locator('.events').innerText()).toContain('completed');
  expect(await findBarriers(page)).toEqual([]);
});
