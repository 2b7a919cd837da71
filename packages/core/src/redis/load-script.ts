import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { toStoreError } from './store-error.ts';

/** Runs a script as one atomic step. Throws CaluteError `store_unavailable` when Redis cannot serve. */
export type RunScript = (
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<unknown>;

export interface ScriptSource {
  /** Unique among the scripts of one connection. */
  readonly name: string;
  /** The source, or the file that holds it: `new URL('./append.lua', import.meta.url)`. */
  readonly lua: string | URL;
  /** When given, each call must bring so many keys. */
  readonly numberOfKeys?: number;
}

/**
 * Reads the script now and runs it by EVALSHA. The first call on each socket is an EVAL, so that calls in flight keep
 * their order after a reconnect; NOSCRIPT is answered by an EVAL as well.
 */
export function defineScript(redis: Redis, { name, lua, numberOfKeys }: ScriptSource): RunScript {
  const command = `script:${name}`; // because a bare `append` would replace the command of that name
  redis.defineCommand(command, { lua: typeof lua === 'string' ? lua : readFileSync(lua, 'utf8') });
  const call: unknown = Reflect.get(redis, command);
  if (typeof call !== 'function') throw new Error(`ioredis did not define ${command}.`);
  return async (keys, args) => {
    if (numberOfKeys !== undefined && keys.length !== numberOfKeys) {
      throw new Error(`The script ${name} takes ${numberOfKeys} keys and got ${keys.length}.`);
    }
    try {
      return await Reflect.apply(call, redis, [keys.length, ...keys, ...args]);
    } catch (error) {
      throw toStoreError(error);
    }
  };
}
