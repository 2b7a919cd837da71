import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../redis/keys.ts';
import { orStoreError } from '../redis/store-error.ts';
import { hashSecret } from './secret.ts';

/** A session of the console: which key was exchanged for it, and when. The token itself is no key, and opens nothing else. */
export interface ConsoleSession {
  /** SHA-256 of the key, so that what becomes of the key counts for the session. */
  readonly secretHash: string;
  readonly createdAtMs: number;
}

/** Sessions that every replica knows. All methods throw CaluteError `store_unavailable`. */
export interface ConsoleSessions {
  /** Gives the token for the cookie; only its hash is stored. */
  open(secretHash: string): Promise<string>;
  /** The session, if it is not over; looking counts as using it. */
  find(token: string): Promise<ConsoleSession | undefined>;
  close(token: string): Promise<void>;
}

/** A session ends after so long without use, and after so long in any case. */
const sessionIdleMs = 30 * 60_000;
export const sessionMs = 12 * 60 * 60_000;

const sessionSchema = z.object({ secretHash: z.string().length(64), createdAtMs: z.coerce.number() });

export function createConsoleSessions(parts: {
  readonly redis: Redis;
  readonly keys: Pick<Keys, 'consoleSession'>;
  readonly now: () => number;
}): ConsoleSessions {
  const { redis, keys, now } = parts;
  const keyOf = (token: string) => keys.consoleSession(hashSecret(token));
  return {
    async open(secretHash) {
      const token = randomBytes(32).toString('base64url');
      const key = keyOf(token);
      const record = { secretHash, createdAtMs: String(now()) };
      await orStoreError(redis.multi().hset(key, record).pexpire(key, sessionIdleMs).exec());
      return token;
    },
    async find(token) {
      const key = keyOf(token);
      const stored = sessionSchema.safeParse(await orStoreError(redis.hgetall(key)));
      if (!stored.success) return undefined;
      const leftMs = stored.data.createdAtMs + sessionMs - now();
      if (leftMs <= 0) return undefined;
      await orStoreError(redis.pexpire(key, Math.min(sessionIdleMs, leftMs)));
      return stored.data;
    },
    close: async (token) => void (await orStoreError(redis.del(keyOf(token)))),
  };
}
