import { expect, onTestFinished, test } from 'vitest';
import { type AdminServerParts, serveAdmin } from './admin-server.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

async function open(given: Partial<AdminServerParts> = {}) {
  const metrics = createWorkerMetrics().all;
  const server = await serveAdmin(
    { metrics, isLive: () => true, isReady: async () => true, ...given },
    anyPort,
  );
  onTestFinished(() => server[Symbol.dispose]());
  return { url: server.url, get: (path: string, init?: RequestInit) => fetch(server.url + path, init) };
}

test('metrics come in the text format of Prometheus', async () => {
  const { get } = await open();
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toContain('# TYPE calute_worker_slots gauge');
});

test('a worker that takes runs is live and ready', async () => {
  const { get } = await open();
  expect([(await get('/livez')).status, (await get('/readyz?verbose')).status]).toEqual([200, 200]);
});

test('one that takes none though some wait is not live, and one that may not take any is not ready', async () => {
  const { get } = await open({ isLive: () => false, isReady: async () => false });
  expect(await (await get('/livez')).json()).toEqual({ status: 'wedged' });
  expect([(await get('/livez')).status, (await get('/readyz')).status]).toEqual([503, 503]);
});

test('a Redis that does not answer makes it unready, not dead', async () => {
  const { get } = await open({ isReady: () => Promise.reject(new Error('away')) });
  expect([(await get('/livez')).status, (await get('/readyz')).status]).toEqual([200, 503]);
});

test('other paths and methods are refused', async () => {
  const { get } = await open();
  expect((await get('/scaling')).status).toBe(404);
  expect((await get('/livez', { method: 'POST' })).status).toBe(405);
});

test('an address that cannot be had is explained', async () => {
  const { url } = await open();
  const metrics = createWorkerMetrics().all;
  const parts = { metrics, isLive: () => true, isReady: async () => true };
  const port = Number(new URL(url).port);
  await expect(serveAdmin(parts, { host: '127.0.0.1', port })).rejects.toThrow(/taken; set ADMIN_PORT/);
  await expect(serveAdmin(parts, { host: '203.0.113.1', port: 0 })).rejects.toThrow(/no address/);
});
