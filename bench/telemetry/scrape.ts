import { setInterval as every } from 'node:timers/promises';

const intervalMs = 1000;

/** Reads the metrics of these admin ports now and once a second, as Prometheus does more seldom, until it is disposed. */
export function scrape(admins: readonly string[]): AsyncDisposable {
  const stopping = new AbortController();
  const scraping = scrapeUntil(admins, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await scraping;
    },
  };
}

async function scrapeUntil(admins: readonly string[], signal: AbortSignal): Promise<void> {
  const readAll = () =>
    Promise.all(admins.map(async (url) => (await fetch(`${url}/metrics`, { signal })).text()));
  try {
    await readAll();
    for await (const _ of every(intervalMs, undefined, { signal })) await readAll();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
