import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { share } from '../../support/start-calute.ts';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export interface TestBrowser extends AsyncDisposable {
  /** A page of a browser that knows nothing yet; the test fails when a script of it fails. Call it inside a test. */
  open(url: string, options?: PageOptions): Promise<Page>;
}

export interface PageOptions {
  readonly dark?: boolean;
  readonly height?: number;
  /** Whether the test does on purpose what the page's policy forbids. */
  readonly breaksPolicy?: boolean;
}

/** A real Chromium for all tests of a file. */
export function shareBrowser(): () => TestBrowser {
  return share(async () => {
    const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
    return {
      async open(url, { dark = false, height = 900, breaksPolicy = false } = {}) {
        const context = await browser.newContext({
          viewport: { width: 1280, height },
          colorScheme: dark ? 'dark' : 'light',
          timezoneId: 'UTC',
        });
        const page = await context.newPage();
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(error.message));
        page.on('console', (message) => {
          // What a policy forbids is told here; a refused request is what some tests are about.
          if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
            faults.push(message.text());
        });
        onTestFinished(async () => {
          await context.close();
          if (!breaksPolicy) expect(faults).toEqual([]);
        });
        await page.goto(url);
        return page;
      },
      [Symbol.asyncDispose]: () => browser.close(),
    };
  });
}

function findChromium(): string {
  const { CHROMIUM } = process.env;
  const found = CHROMIUM ?? usualPlaces.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error('These tests need Chromium: install it (apt install chromium), or set CHROMIUM=PATH.');
  }
  return found;
}
