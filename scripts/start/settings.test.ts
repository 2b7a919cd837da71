import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { readSettings, reloadSetting, scalingUrl } from './settings.ts';

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
    /CALUTE_MIN_WORKERS.*ADMIN_PORT/,
  );
  await expect(readSettings({ CALUTE_MIN_WORKERS: '3', CALUTE_MAX_WORKERS: '2' })).rejects.toThrow(/below/);
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
