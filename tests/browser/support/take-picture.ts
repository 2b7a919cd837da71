import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** Puts a picture of the page into the documents, when `PICTURES=1` asks for new ones. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['PICTURES'] !== '1') return;
  const path = fileURLToPath(new URL(`../../../docs/images/console-${name}.png`, import.meta.url));
  // The name of this machine is of no use to readers.
  await page.evaluate(`for (const cell of document.querySelectorAll('td')) {
    const host = ${JSON.stringify(`${hostname()} `)};
    if (cell.textContent.startsWith(host)) cell.textContent = cell.textContent.replace(host, 'host ');
  }`);
  await page.screenshot({ path, animations: 'disabled' });
}
