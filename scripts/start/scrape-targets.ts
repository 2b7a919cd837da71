import { rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface ScrapeTarget {
  readonly role: 'api' | 'worker';
  /** Of its admin port. */
  readonly url: string;
}

/** Keeps a file that tells Prometheus (`file_sd_configs`) where the metrics of the processes on this machine are. */
export interface ScrapeTargets extends AsyncDisposable {
  /** Writes the file when something has changed. */
  update(targets: readonly ScrapeTarget[]): Promise<void>;
}

export function createScrapeTargets(dir: string): ScrapeTargets {
  const path = join(dir, 'targets.json');
  let written = '';
  return {
    async update(targets) {
      const text = `${JSON.stringify(targets.map(toGroup), undefined, 2)}\n`;
      if (text === written) return;
      // In one step: Prometheus may read at any moment.
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      written = text;
    },
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  };
}

function toGroup({ role, url }: ScrapeTarget) {
  const { host, hostname: name, port } = new URL(url);
  // Who listens on every address is meant to be asked from elsewhere, where that says nothing.
  const isEverywhere = name === '0.0.0.0' || name === '[::]';
  return { targets: [isEverywhere ? `${hostname()}:${port}` : host], labels: { role } };
}
