import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { toStoreError } from './store-error.ts';

/** Runs a script as one atomic step. Throws CaluteError `store_unavailable` when Redis cannot serve. */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export interface ScriptSource {
  /** Stands in errors. */
  readonly name: string;
  /** The source, or the file that holds it: `new URL('./append.lua', import.meta.url)`. */
  readonly lua: string | URL;
  /** When given, each call must bring so many keys. */
  readonly numberOfKeys?: number;
}

type Command = (numberOfKeys: number, ...rest: readonly (string | number)[]) => Promise<unknown>;

/**
 * Reads the script now and makes it a command of the connection, so ioredis runs it by EVALSHA. The first call on each
 * socket is an EVAL: calls in flight keep their order after a reconnect. NOSCRIPT is answered by an EVAL as well.
 */
export function defineScript(redis: Redis, { name, lua, numberOfKeys }: ScriptSource): RunScript {
  const source = typeof lua === 'string' ? lua : readFileSync(lua, 'utf8');
  const text = redis.isCluster ? `${dropAbsentKey}\n${source}` : source;
  // By its content: scripts of one name may share a connection, and no command of Redis may be hidden.
  const command = `script:${name}:${createHash('sha1').update(text).digest('hex')}`;
  redis.defineCommand(command, { lua: text });
  const call = Reflect.get(redis, command) as Command; // because ioredis has just put it there
  return async (keys, args) => {
    if (numberOfKeys !== undefined && keys.length !== numberOfKeys) {
      throw new Error(`The script ${name} takes ${numberOfKeys} keys and got ${keys.length}.`);
    }
    const named = redis.isCluster ? [...keys, absentKeyBeside(keys[0])] : keys;
    try {
      return await call.call(redis, named.length, ...named, ...args);
    } catch (error) {
      throw toStoreError(error);
    }
  };
}

/**
 * A key that never exists. While a slot moves from node to node key by key, a node refuses a script that names a missing key before
 * the script has begun (TRYAGAIN). Without it a script that comes upon a key that is not there yet would be broken off halfway.
 */
function absentKeyBeside(key = ''): string {
  return `${/\{[^{}]+\}/.exec(key)?.[0] ?? key}:absent`;
}

const dropAbsentKey = 'KEYS[#KEYS] = nil';
