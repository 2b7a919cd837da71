import { inject } from 'vitest';
import { createKeyStore } from '../../packages/core/src/api-keys/key-store.ts';
import { createLogger } from '../../packages/core/src/logging/logger.ts';
import { closeRedis } from '../../packages/core/src/redis/connect.ts';
import { openRedis } from '../../packages/core/src/redis/open-redis.ts';
import { openSse, type RawStream } from './read-sse.ts';
import { type Calute, passOn, prepareCalute } from './start-calute.ts';
import type { StartedRole } from './start-role.ts';
import { installationKeys } from './test-redis.ts';

export interface Replicas extends Calute {
  /** Two APIs that serve the same runs. */
  readonly apis: readonly [StartedRole, StartedRole];
  /** The secrets of two tenants. */
  readonly secrets: readonly [string, string];
  /** POSTs for the first tenant, unless `headers` say otherwise. */
  post(api: StartedRole, body: object, headers?: Readonly<Record<string, string>>): Promise<RawStream>;
  /** Follows a run as the first tenant; `query` and `headers` may hold the cursor. */
  follow(api: StartedRole, runId: string, cursor?: Cursor): Promise<RawStream>;
  cancel(api: StartedRole, runId: string, secret?: string): Promise<Response>;
}

export interface Cursor {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Two APIs, a worker and the keys of two tenants; every model is passed on to the scripted upstream. */
export async function startReplicas(
  models: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Replicas> {
  const calute = await prepareCalute(passOn(...models));
  const secrets = await createSecrets(calute.environment.CALUTE_PREFIX);
  const [first, second] = await Promise.all([
    calute.startApi(settings),
    calute.startApi(settings),
    calute.startWorker(),
  ]);
  const authorization = (secret = secrets[0]) => ({ authorization: `Bearer ${secret}` });
  const completions = (api: StartedRole) => `${api.url}/v1/chat/completions`;
  return {
    ...calute,
    apis: [first, second],
    secrets,
    post: (api, body, headers) =>
      openSse(completions(api), { body, headers: { ...authorization(), ...headers } }),
    follow: (api, runId, { query = '', headers } = {}) =>
      openSse(`${completions(api)}/${runId}/stream${query}`, { headers: { ...authorization(), ...headers } }),
    cancel: (api, runId, secret) =>
      fetch(`${completions(api)}/${runId}/cancel`, { method: 'POST', headers: authorization(secret) }),
  };
}

async function createSecrets(prefix: string): Promise<[string, string]> {
  const redis = await openRedis(inject('redisUrl'), 'command', () => undefined);
  try {
    const logger = createLogger({ role: 'test', level: 'silent' });
    const store = createKeyStore({ redis, keys: installationKeys(prefix), now: Date.now, logger });
    const first = await store.create({ name: 'first', scopes: ['infer'] });
    const second = await store.create({ name: 'second', scopes: ['infer'] });
    return [first.secret, second.secret];
  } finally {
    await closeRedis(redis, 1000);
  }
}
