import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@calute/core/logging/logger';
import { expect, test } from 'vitest';
import { createOpenStreams } from '../server/open-streams.ts';
import { readError } from '../testing/read-error.ts';
import { createApiMetrics } from './api-metrics.ts';
import { type AdminParts, createAdminApp } from './create-admin-app.ts';
import type { ScalingState } from './describe-scaling.ts';

const ofClass = {
  waiting: 0,
  running: 0,
  oldestSeconds: 0,
  arrivalsPerSecond: 0,
  servedPerSecond: 0,
  serviceSeconds: null,
  drainSeconds: 0,
};
const scaling: ScalingState = {
  backlog: 3,
  running: 2,
  freeSlots: 0,
  heldBack: 1,
  liveWorkers: 1,
  neededWorkers: 2,
  desiredWorkers: 2,
  pausedProviders: ['openai api.example.com'],
  classes: { priority: ofClass, live: { ...ofClass, waiting: 3, running: 2 }, flex: ofClass, batch: ofClass },
};

async function serveAdmin(given: Partial<AdminParts> = {}) {
  const streams = createOpenStreams();
  const app = createAdminApp({
    metrics: createApiMetrics(streams).all,
    ready: async () => true,
    scaling: async () => scaling,
    streams,
    logger: createLogger({ role: 'api', level: 'silent' }),
    ...given,
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  return {
    streams,
    get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('metrics come in the text format of Prometheus', async () => {
  await using admin = await serveAdmin();
  const response = await admin.get('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toContain('calute_open_streams 0');
});

test('it lives even when it is not ready', async () => {
  await using admin = await serveAdmin({ ready: () => Promise.reject(new Error('down')) });
  expect((await admin.get('/livez')).status).toBe(200);
  const response = await admin.get('/readyz');
  expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable' }]);
});

test('a drain turns readiness off', async () => {
  await using admin = await serveAdmin();
  expect((await admin.get('/readyz')).status).toBe(200);
  admin.streams.beginDrain();
  const response = await admin.get('/readyz');
  expect([response.status, await response.json()]).toEqual([503, { status: 'draining' }]);
});

test('an autoscaler gets numbers', async () => {
  await using admin = await serveAdmin();
  expect(await (await admin.get('/scaling')).json()).toEqual(scaling);
});

test('anything else is an envelope', async () => {
  await using admin = await serveAdmin();
  const response = await admin.get('/v1/models');
  expect([response.status, (await readError(response)).code]).toEqual([404, 'not_found']);
});
