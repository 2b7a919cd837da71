import { availableParallelism } from 'node:os';
import { knownVariables } from '@calute/core/process/known-variables';
import { expect, test } from 'vitest';
import { readSettings, reloadSetting, scalingUrl, settingNames } from './settings.ts';

test('nothing set means one worker for a start and as many as there are cores', async () => {
  const settings = await readSettings({});
  expect(settings).toMatchObject({ minWorkers: 1, maxWorkers: availableParallelism(), concurrency: 256 });
  expect(scalingUrl(settings)).toBe('http://127.0.0.1:9090/scaling');
});

test('more workers at least than there are cores raise the most as well', async () => {
  const minWorkers = availableParallelism() + 1;
  expect(await readSettings({ CALUTE_MIN_WORKERS: String(minWorkers) })).toMatchObject({
    minWorkers,
    maxWorkers: minWorkers,
  });
});

test('an administration port that is left open is chosen here', async () => {
  const { adminPort } = await readSettings({ ADMIN_PORT: '0' });
  expect(adminPort).toBeGreaterThan(0);
});

test('the load is asked for at an address that can be connected to', async () => {
  expect(scalingUrl(await readSettings({ ADMIN_HOST: '0.0.0.0' }))).toContain('//127.0.0.1:');
  expect(scalingUrl(await readSettings({ ADMIN_HOST: '::1' }))).toContain('//[::1]:');
});

test('every bad variable is named at once', async () => {
  await expect(readSettings({ CALUTE_MIN_WORKERS: 'x', ADMIN_PORT: '-1' })).rejects.toThrow(
    /ADMIN_PORT.*CALUTE_MIN_WORKERS/,
  );
  await expect(
    readSettings({ CALUTE_MIN_WORKERS: '3', CALUTE_MAX_WORKERS: '2', PORT: '1.5', OPENAI_BASE_URL: 'up' }),
  ).rejects.toThrow(/PORT.*OPENAI_BASE_URL.*CALUTE_MAX_WORKERS \(expected no less than CALUTE_MIN_WORKERS\)/);
});

test('what only a role reads, and names that are slips, are named beside it', async () => {
  const environment = {
    REDIS_URL: 'http://x',
    CALUTE_RELOAD: 'yes',
    CALUTE_AGENT: 'x',
    CALUTE_MIN_WORKERS: '0',
  };
  const message = await readSettings(environment).catch((error: Error) => error.message);
  for (const name of ['REDIS_URL', 'CALUTE_RELOAD', 'CALUTE_MIN_WORKERS'])
    expect(message).toContain(`${name} (`);
  expect(message).toContain('CALUTE_AGENT (unknown; do you mean CALUTE_AGENTS?)');
});

test('every variable that something reads is known, and no other', () => {
  // The command for batches asks a server, which may be elsewhere.
  expect([...settingNames, 'CALUTE_URL'].sort()).toEqual([...knownVariables]);
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
