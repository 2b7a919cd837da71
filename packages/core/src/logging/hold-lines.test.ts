import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { holdLines } from './hold-lines.ts';
import { createLogger } from './logger.ts';

/** A logger on a file, and what has been written to it so far. */
function openLog() {
  const folder = mkdtempSync(join(tmpdir(), 'calute-lines-'));
  const path = join(folder, 'log');
  const file = openSync(path, 'a');
  return {
    logger: createLogger({ role: 'test', level: 'info', destination: holdLines(file) }),
    events: () => [...readFileSync(path, 'utf8').matchAll(/"msg":"([^"]*)"/g)].map(([, event]) => event),
    [Symbol.dispose]() {
      closeSync(file);
      rmSync(folder, { recursive: true });
    },
  };
}

test('lines wait for others for a moment, then they are written in order', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  using log = openLog();
  log.logger.info('one');
  log.logger.info('two');
  expect(vi.getTimerCount()).toBe(1);
  expect(log.events()).toEqual([]);
  vi.runAllTimers();
  vi.useRealTimers();
  await vi.waitFor(() => expect(log.events()).toEqual(['one', 'two']));
});

test('a warning does not wait, nor do the lines before it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  using log = openLog();
  log.logger.info('one');
  log.logger.warn('two');
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await vi.waitFor(() => expect(log.events()).toEqual(['one', 'two']));
});

test('lines that have become many do not wait', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  using log = openLog();
  const field = 'x'.repeat(40_000);
  log.logger.info({ field }, 'one');
  expect(vi.getTimerCount()).toBe(1);
  log.logger.info({ field }, 'two');
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await vi.waitFor(() => expect(log.events()).toEqual(['one', 'two']));
});

test.each([
  ['exits', 'process.exit(1)'],
  ['fails', 'throw new Error()'],
  ['is done', ''],
])('lines are written when the process %s', (_, last) => {
  const logger = JSON.stringify(new URL('./logger.ts', import.meta.url));
  const script = `import { createLogger } from ${logger};
    createLogger({ role: 'test', level: 'info' }).info('one'); ${last}`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toContain('"msg":"one"');
});
