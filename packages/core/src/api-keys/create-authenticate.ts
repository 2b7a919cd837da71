import { type TenantId, tenantIdSchema } from '../ids.ts';
import { type ApiKey, scopeSchema } from './api-key.ts';
import type { Authenticate, Identity } from './authenticate.ts';
import { createKeyLookup } from './key-lookup.ts';
import type { KeyStore } from './key-store.ts';
import { createOpenCheck } from './open-check.ts';
import { hashSecret, isSameHash, isSecret } from './secret.ts';

export interface AuthenticateParts {
  readonly store: Pick<KeyStore, 'find' | 'isEmpty' | 'isEmptied'>;
  /** CALUTE_API_KEY: valid beside those of the store, and never empty. */
  readonly environmentKey: string | undefined;
  readonly now: () => number;
  /** For how long a key is used without another look into the store. @defaultValue 10_000 */
  readonly cacheMs?: number;
}

/**
 * Checks secrets against the environment's key and the store. The environment's key needs no store; while that is
 * down, keys used in the last 30 s keep working. Throws CaluteError `store_unavailable`, or `slow_down` under guessing.
 */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { store, environmentKey, now, cacheMs = 10_000 } = parts;
  if (environmentKey === '') throw new Error('The API key of the environment must not be empty.');
  const environmentHash = environmentKey === undefined ? undefined : hashSecret(environmentKey);
  const [ofEnvironment, ofAnyone] = [unlimited('env'), unlimited('local')];
  const isOpen = environmentHash === undefined ? createOpenCheck(store, now) : async () => false;
  const findKey = createKeyLookup({ store, now, cacheMs });
  return async (secret) => {
    const hash = secret === undefined ? undefined : hashSecret(secret);
    if (hash && environmentHash && isSameHash(hash, environmentHash)) {
      return { outcome: 'authenticated', identity: ofEnvironment };
    }
    if (await isOpen()) return { outcome: 'open', identity: ofAnyone };
    if (!(secret && hash && isSecret(secret))) return { outcome: 'refused' };
    const key = await findKey(hash);
    return key ? { outcome: 'authenticated', identity: toIdentity(key) } : { outcome: 'refused' };
  };
}

function unlimited(tenant: string): Identity {
  return {
    tenant: toTenant(tenant),
    scopes: scopeSchema.options,
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    concurrency: undefined,
  };
}

function toIdentity(key: ApiKey): Identity {
  return {
    tenant: toTenant(key.id),
    scopes: key.scopes,
    requestsPerMinute: key.requestsPerMinute,
    tokensPerMinute: key.tokensPerMinute,
    concurrency: key.concurrency,
    weight: key.weight,
    group: key.group,
  };
}

function toTenant(id: string): TenantId {
  return tenantIdSchema.parse(id);
}
