import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { findBarriers } from './support/find-barriers.ts';
import { shareBrowser } from './support/open-browser.ts';
import { createKey, startConsole } from './support/start-console.ts';
import { takePicture } from './support/take-picture.ts';

const browser = shareBrowser();

it('takes a key in exchange for a session that no script can read', async () => {
  await using closed = await startConsole({ CALUTE_API_KEY: 'an-operators-secret' });
  await closed.startAgents();
  const page = await browser().open(closed.url);
  await page.getByLabel('API key').fill('a-wrong-secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('not known');
  await takePicture(page, 'sign-in');
  expect(await findBarriers(page)).toEqual([]);
  await signIn(page, 'an-operators-secret');
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.getByRole('link', { name: 'Playground' }).click();
  await page.getByLabel('Message').fill('hello');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect
    .poll(() => page.getByRole('status').allInnerTexts())
    .toContainEqual(expect.stringMatching(/^Done/));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  await page.reload();
  await page.getByLabel('API key').waitFor();
});

it('lets a key with the scope viewer look, but not change or read', async () => {
  await using closed = await startConsole();
  const viewer = await createKey(closed, 'viewer');
  const client = await createKey(closed, 'infer');
  await closed.startAgents();
  const run = await closed.ask('echo', 'a private question', {}, client.secret);
  const page = await browser().open(`${closed.url}/runs/${run}`);
  await signIn(page, viewer.secret);
  await expect.poll(() => page.locator('.bar').innerText()).toContain('completed: stop');
  expect(await page.locator('main').innerText()).toContain('this needs a key with the scope content');
  expect(await page.locator('main').innerText()).not.toContain('private');
  expect(await page.getByRole('button', { name: /Cancel run|Run again/ }).count()).toBe(0);
  await page.getByRole('link', { name: 'Playground' }).click();
  await expect.poll(() => page.locator('.empty').innerText()).toContain('scope infer');
  await viewer.revoke();
  await page.getByRole('link', { name: 'Workers' }).click();
  await page.getByLabel('API key').waitFor({ timeout: 30_000 });
});

async function signIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel('API key').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
}
