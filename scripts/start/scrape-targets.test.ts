import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createScrapeTargets } from './scrape-targets.ts';

test('Prometheus finds every process, and after the end no file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  {
    await using targets = createScrapeTargets(dir);
    await targets.update([
      { role: 'api', url: 'http://127.0.0.1:9090' },
      { role: 'worker', url: 'http://[::1]:40001' },
      { role: 'worker', url: 'http://0.0.0.0:40002' },
    ]);
    expect(await readdir(dir)).toEqual(['targets.json']);
    expect(JSON.parse(await readFile(join(dir, 'targets.json'), 'utf8'))).toEqual([
      { targets: ['127.0.0.1:9090'], labels: { role: 'api' } },
      { targets: ['[::1]:40001'], labels: { role: 'worker' } },
      { targets: [`${hostname()}:40002`], labels: { role: 'worker' } },
    ]);
  }
  expect(await readdir(dir)).toEqual([]);
});
