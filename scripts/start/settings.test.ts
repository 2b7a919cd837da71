import { availableParallelism } from 'node:os';
import { knownVariables } from '@calute/core/process/known-variables';
import { expect, test } from 'vitest';
import { readSettings, reloadSetting, settingNames } from './settings.ts';

test('nothing set means one worker for a start and as many as there are cores', () => {
  const settings = readSettings({});
  expect(settings).toMatchObject({ minWorkers: 1, maxWorkers: availableParallelism(), concurrency: 256 });
  expect(settings).toMatchObject({ adminPort: 9090, down: { holdMs: 300_000, everyMs: 30_000 } });
});

test('more workers at least than there are cores raise the most as well', () => {
  const minWorkers = availableParallelism() + 1;
  expect(readSettings({ CALUTE_MIN_WORKERS: String(minWorkers) })).toMatchObject({
    minWorkers,
    maxWorkers: minWorkers,
  });
});

test('an administration port that is left open is left to the API', () => {
  expect(readSettings({ ADMIN_PORT: '0' }).adminPort).toBe(0);
});

test('no worker at all may be the fewest', () => {
  expect(readSettings({ CALUTE_MIN_WORKERS: '0', CALUTE_MAX_WORKERS: '8' })).toMatchObject({
    minWorkers: 0,
    maxWorkers: 8,
  });
});

test('every bad variable is named at once', () => {
  expect(() => readSettings({ CALUTE_MIN_WORKERS: 'x', ADMIN_PORT: '-1' })).toThrow(
    /ADMIN_PORT.*CALUTE_MIN_WORKERS/,
  );
  expect(() =>
    readSettings({ CALUTE_MIN_WORKERS: '3', CALUTE_MAX_WORKERS: '2', PORT: '1.5', OPENAI_BASE_URL: 'up' }),
  ).toThrow(/PORT.*OPENAI_BASE_URL.*CALUTE_MAX_WORKERS \(expected no less than CALUTE_MIN_WORKERS\)/);
});

test('what only a role reads, and names that are slips, are named beside it', () => {
  const environment = {
    REDIS_URL: 'http://x',
    CALUTE_RELOAD: 'yes',
    CALUTE_AGENT: 'x',
    CALUTE_MIN_WORKERS: '-1',
  };
  const message = messageOf(() => readSettings(environment));
  for (const name of ['REDIS_URL', 'CALUTE_RELOAD', 'CALUTE_MIN_WORKERS'])
    expect(message).toContain(`${name} (`);
  expect(message).toContain('CALUTE_AGENT (unknown; do you mean CALUTE_AGENTS?)');
});

function messageOf(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

test('every variable that something reads is known, and no other', () => {
  const ofTheCommandLine = ['CALUTE_URL'];
  expect([...settingNames, ...ofTheCommandLine].sort()).toEqual([...knownVariables]);
});

test.each([
  [{}, 'true'],
  [{ CALUTE_RELOAD: '' }, 'true'],
  [{ NODE_ENV: 'production' }, 'false'],
  [{ NODE_ENV: 'production', CALUTE_RELOAD: 'true' }, 'true'],
  [{ CALUTE_RELOAD: 'false' }, 'false'],
])('with %j workers reload agents: %s', (environment, reload) => {
  expect(reloadSetting(environment)).toBe(reload);
});
