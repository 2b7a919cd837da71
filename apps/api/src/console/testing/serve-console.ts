import type { Scope } from '@calute/core/api-keys/api-key';
import { createAuthenticate } from '@calute/core/api-keys/create-authenticate';
import { createKeyStore } from '@calute/core/api-keys/key-store';
import { createLogger } from '@calute/core/logging/logger';
import { itemAt } from '@calute/core/partitions/ask-each';
import { connectRunStore } from '@calute/core/partitions/open-run-store';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../../tests/support/test-redis.ts';
import { type ServedParts, serveApi } from '../../testing/serve-api.ts';
import { openConsole } from '../open-console.ts';

/** An API with its console on the tests' Redis, where tests play API and worker. Call it inside a test. */
export async function serveConsole(more: ServedParts = {}) {
  const redis = connectTestRedis();
  const prefix = randomPrefix();
  const faults: unknown[] = [];
  const onError = (error: unknown) => void faults.push(error);
  const runs = connectRunStore(redis, { CALUTE_PREFIX: prefix, RUN_RETENTION_S: 60 }, { onError });
  const { leases, backlog } = itemAt(runs.partitions, 0);
  const logger = createLogger({ role: 'test', level: 'silent' });
  const store = createKeyStore({ redis, keys: runs.keys, now: Date.now, logger });
  const identity = { store, environmentKey: undefined, now: Date.now };
  const authenticate = createAuthenticate({ ...identity, cacheMs: 0 });
  const served = openConsole({ ...identity, cacheMs: 0, runs, authenticate, deadlineMs: 60_000, logger });
  const api = await serveApi({ ...more, authenticate, console: served });
  onTestFinished(async () => {
    await served.close();
    await api[Symbol.asyncDispose]();
    await runs.closeQueue();
  });
  const ask = (path: string, init: RequestInit = {}) => fetch(`${api.url}/console/api/${path}`, init);
  return {
    api,
    hub: served.hub,
    runs,
    leases,
    store,
    faults,
    ask,
    /** A view of the console, as JSON. */
    async view(
      path: string,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Record<string, unknown>> {
      const response = await ask(`views/${path}`, { headers });
      const shown = z.record(z.string(), z.unknown()).parse(await response.json());
      if (!response.ok) throw new Error(JSON.stringify(shown));
      return shown;
    },
    createKey: async (...scopes: readonly Scope[]) =>
      store.create({ name: scopes.join(' '), scopes: [...scopes] }),
    /** A run as an API accepts it. */
    async accept(chat: object = {}) {
      const run = newRun('');
      const request = { ...run.request, chat: { ...run.request.chat, ...chat } };
      const accepted = await runs.log.accept({ ...run, request });
      if (accepted.outcome === 'accepted' && accepted.queue) await backlog.add(run.id);
      return run.id;
    },
    /** As the page does it. */
    change: (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
      ask(path, { method, headers: { origin: api.url, ...headers } }),
  };
}
